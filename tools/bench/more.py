"""The hot queries of APEX, the assistant and BA Copilot, and those of 000 and 001 that hot.py has not.

QUERIES and PARAMETERS are everything that queries.py runs.
"""

from __future__ import annotations

from tools.bench import hot
from tools.bench.hot import HOT, Hot

# Somebody who sees everything, every other time; else somebody of the account.
_ESTIMATE = """
    SELECT
        CASE WHEN row_number() OVER () %% 2 = 0 THEN b.base + 2 ELSE coalesce(
            (SELECT min(m.user_id) FROM apex.account_members AS m WHERE m.account_id = d.account_id),
            b.base + 2
        ) END,
        d.value
    FROM (
        (
            SELECT {value} AS value, p.account_id, p.{id} AS id FROM {table} AS p
            WHERE {value} IS NOT NULL ORDER BY hashint8extended(p.{id}, 7) LIMIT 25
        )
        UNION ALL
        (
            SELECT DISTINCT ON (p.account_id) {value}, p.account_id, p.{id} FROM {table} AS p
            WHERE {value} IS NOT NULL ORDER BY p.account_id, hashint8extended(p.{id}, 8) LIMIT 100
        )
    ) AS d
    CROSS JOIN (SELECT s.base FROM footing_sample.steps AS s WHERE s.step = 'core.users') AS b
    LIMIT %(count)s
"""
_EVERYWHERE = "SELECT s.base + 2 FROM footing_sample.steps AS s WHERE s.step = 'core.users'"
PARAMETERS = {
    **hot.PARAMETERS,
    "words and project": """
        SELECT r.user_id, CASE r.nth % 3 WHEN 0 THEN 'login ' || w.word ELSE w.word END, r.project_id
        FROM (
            SELECT
                a.user_id,
                a.project_id,
                row_number() OVER (ORDER BY hashint8extended(a.project_id, a.user_id)) AS nth
            FROM core.user_project_access AS a
        ) AS r
        JOIN footing_sample.words AS w ON w.n = (r.nth * 7) % 300
        ORDER BY r.nth LIMIT %(count)s
    """.replace(" % ", " %% "),
    "context": f"""
        SELECT ({_EVERYWHERE}), jsonb_build_object('test_id', d.context ->> 'test_id')::text
        FROM (SELECT * FROM webtest.agent_decisions ORDER BY hashint8extended(id, 7) LIMIT %(count)s) AS d
    """,
    "receiver": f"""
        SELECT ({_EVERYWHERE}), m.receiver_id, m.project_id
        FROM webtest.agent_messages AS m
        GROUP BY m.receiver_id, m.project_id
        ORDER BY hashtextextended(m.receiver_id, 7) LIMIT %(count)s
    """,
    "estimate": _ESTIMATE.format(table="apex.project_events", value="p.project_id", id="event_id"),
    "etag": _ESTIMATE.format(table="apex.projects", value="p.etag", id="project_id"),
    "hash": _ESTIMATE.format(table="apex.projects", value="p.content_sha256", id="project_id"),
    "client": _ESTIMATE.format(
        table="apex.project_payloads",
        value="jsonb_build_object('client', p.payload ->> 'client')::text",
        id="payload_id",
    ),
    "category": f"""
        SELECT ({_EVERYWHERE}), r.category FROM assistant.rules AS r
        ORDER BY hashtextextended(r.rule_id, 7) LIMIT %(count)s
    """,
    "severity": f"""
        SELECT ({_EVERYWHERE}), r.severity FROM assistant.rules AS r
        ORDER BY hashtextextended(r.rule_id, 8) LIMIT %(count)s
    """,
    "diagram": hot.PARAMETERS["document"].replace("copilot.documents", "copilot.diagrams").replace(
        "document_id", "diagram_id"
    ),
}  # fmt: skip


def _same(
    name: str, parameter: str, text: str, product: str, types: tuple[str, ...], bar: float | None = 1.0
) -> Hot:
    """Return a query that ours and the documents' tables answer by the same text."""
    document = {"webtest": "000", "atmosfera": "001", "apex": "002", "assistant": "003", "copilot": "004"}
    return Hot(
        name, parameter, text, text, schema=product, document=f"document_{document[product]}", types=types,
        bar=bar,
    )  # fmt: skip


MORE = (
    Hot(
        "search over one project, top 20",
        "words and project",
        "SELECT * FROM search_test_cases($2, $3)",
        "SELECT test_id, title, description, ts_rank(tsv, query) AS rank"
        " FROM test_cases, websearch_to_tsquery('english', $2) AS query"
        " WHERE tsv @@ query AND status = 'active' AND project_id = $3 ORDER BY rank DESC LIMIT 20",
        types=("text", "bigint"),
        bar=5.0,
    ),
    Hot(
        "decisions by their context, latest 20",
        "context",
        "SELECT * FROM search_decisions($2)",
        "SELECT * FROM agent_decisions WHERE context @> $2 ORDER BY created_at DESC LIMIT 20",
        types=("jsonb",),
        bar=1.0,
    ),
    Hot(
        "unprocessed messages of an agent",
        "receiver",
        "SELECT id, sender_id FROM agent_messages WHERE receiver_id = $2 AND project_id = $3"
        " AND status IN ('sent', 'delivered') ORDER BY id LIMIT 20",
        "SELECT id, sender_id FROM agent_messages WHERE receiver_id = $2 AND $3 IS NOT NULL"
        " AND status IN ('sent', 'delivered') ORDER BY id LIMIT 20",
        types=("text", "bigint"),
        bar=1.0,
    ),
    Hot(  # the documents' takes a second for each: see aggregates.py
        "coverage of a project",
        "project",
        "SELECT * FROM test_coverage_summary WHERE project_id = $2",
        schema="atmosfera",
    ),
    Hot(
        "coverage of a project, as last refreshed",
        "project",
        "SELECT * FROM project_coverage WHERE project_id = $2",
        schema="atmosfera",
        bar=1.0,
    ),
    _same(
        "maturity of a project, latest",
        "project",
        "SELECT * FROM maturity_progress WHERE project_id = $2 AND latest_rank = 1",
        "atmosfera",
        ("bigint",),
        bar=None,
    ),
    Hot(
        "maturity of a project, by current_maturity",
        "project",
        "SELECT * FROM current_maturity WHERE project_id = $2",
        "SELECT * FROM maturity_progress WHERE project_id = $2 AND latest_rank = 1",
        schema="atmosfera",
        document="document_001",
        bar=1.0,
    ),
    _same(
        "an estimate by its etag",
        "etag",
        "SELECT project_id, status FROM projects WHERE etag = $2",
        "apex",
        ("text",),
    ),
    _same(
        "estimates of the same content",
        "hash",
        "SELECT project_id, confidence FROM projects WHERE content_sha256 = $2 LIMIT 20",
        "apex",
        ("text",),
    ),
    _same(
        "payloads of an estimate",
        "estimate",
        "SELECT module, payload FROM project_payloads WHERE project_id = $2",
        "apex",
        ("bigint",),
    ),
    Hot(
        "payloads that contain a client, latest 20",
        "client",
        "SELECT * FROM search_payloads($2)",
        "SELECT * FROM project_payloads WHERE payload @> $2 ORDER BY payload_id DESC LIMIT 20",
        schema="apex",
        document="document_002",
        types=("jsonb",),
        bar=1.0,
    ),
    _same(
        "events of an estimate, latest 20",
        "estimate",
        "SELECT event_type, data FROM project_events WHERE project_id = $2"
        ' ORDER BY "timestamp" DESC LIMIT 20',
        "apex",
        ("bigint",),
    ),
    Hot(
        "events of an estimate, by function",
        "estimate",
        "SELECT event_type, data FROM project_events_page($2)",
        "SELECT event_type, data FROM project_events WHERE project_id = $2"
        ' ORDER BY "timestamp" DESC LIMIT 20',
        schema="apex",
        document="document_002",
        types=("bigint",),
        bar=1.0,
    ),
    _same(
        "rules of a category, 50 rows",
        "category",
        "SELECT rule_id, title FROM rules WHERE category = $2 AND active = true LIMIT 50",
        "assistant",
        ("text",),
    ),
    _same(
        "rules of a severity, latest 20",
        "severity",
        "SELECT rule_id, title FROM rules WHERE severity = $2 AND active = true"
        " ORDER BY created_at DESC LIMIT 20",
        "assistant",
        ("text",),
    ),
    Hot(
        "search of rules, top 20",
        "words",
        "SELECT * FROM search_rules($2)",
        "SELECT rule_id, title, ts_rank(to_tsvector('english', title || ' ' || description), query) AS rank"
        " FROM rules, websearch_to_tsquery('english', $2) AS query"
        " WHERE to_tsvector('english', title || ' ' || description) @@ query AND active = true"
        " ORDER BY rank DESC LIMIT 20",
        schema="assistant",
        document="document_003",
        types=("text",),
        bar=5.0,
    ),
    _same(
        "one's latest conversations, 20 rows",
        "conversation",
        "SELECT conversation_id, title FROM conversations"
        " WHERE user_id = core.current_user_uuid() AND $2 IS NOT NULL ORDER BY updated_at DESC LIMIT 20",
        "copilot",
        ("uuid",),
    ),
    _same(
        "one's latest diagrams, 20 rows",
        "diagram",
        "SELECT diagram_id, title FROM diagrams"
        " WHERE user_id = core.current_user_uuid() AND $2 IS NOT NULL ORDER BY updated_at DESC LIMIT 20",
        "copilot",
        ("uuid",),
    ),
)
QUERIES = (*HOT, *MORE)
