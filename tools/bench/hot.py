"""The hot queries that queries.py runs: ours, ours with a filter of its own, and the documents'.

$1 is the person who asks, $2 what is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

# Each run's person and parameter. Half of the parameters are drawn by rows, half by key; every other
# person sees everything, the rest are of the project and see little else.
_PEOPLE = """
    WITH drawn AS MATERIALIZED ({drawn})
    SELECT
        CASE WHEN d.nth %% 2 = 0 THEN b.base + 2 ELSE coalesce(
            (
                SELECT a.user_id
                FROM core.user_project_access AS a
                WHERE a.project_id = d.project_id
                ORDER BY hashint8extended(a.user_id, d.nth)
                LIMIT 1
            ),
            b.base + 2
        ) END AS person,
        d.value
    FROM drawn AS d
    CROSS JOIN (
        SELECT s.base FROM footing_sample.steps AS s WHERE s.step = 'core.users'
    ) AS b
    ORDER BY d.nth
    LIMIT %(count)s
"""


def _drawn(table: str, key: str, project: str = "project_id", hashed: str = "") -> str:
    """Return a query for parameters out of a table: by its rows, and by its distinct keys."""
    hashed = hashed or f"hashint8extended({key}, 8)"
    by_rows = f"""(
            SELECT {key} AS value, {project} AS project_id
            FROM {table} WHERE {key} IS NOT NULL
            ORDER BY hashint8extended(id, 7) LIMIT 100
        )"""
    by_key = f"""(
            SELECT DISTINCT ON ({hashed}) {key}, {project}
            FROM {table} WHERE {key} IS NOT NULL
            ORDER BY {hashed} LIMIT 100
        )"""
    drawn = f"""
        SELECT value, project_id, row_number() OVER (ORDER BY nth, kind) AS nth
        FROM (
            SELECT value, project_id, 0 AS kind, row_number() OVER () AS nth FROM {by_rows} AS r
            UNION ALL
            SELECT k.*, 1, row_number() OVER () FROM {by_key} AS k
        ) AS both_
    """
    return _PEOPLE.format(drawn=drawn)


_WORDS = """
    WITH words (nth, text) AS (
        SELECT row_number() OVER (ORDER BY w.n), w.word
        FROM footing_sample.words AS w
        WHERE w.n %% 11 = 0
    )
    SELECT
        (SELECT s.base + 2 FROM footing_sample.steps AS s WHERE s.step = 'core.users'),
        CASE nth %% 5 WHEN 0 THEN 'login ' || text WHEN 1 THEN '"password reset" or ' || text ELSE text END
    FROM words
    ORDER BY nth
    LIMIT %(count)s
"""

# BA Copilot's people: a conversation or a document, asked for by whose it is.
_OWN = """
    WITH drawn AS MATERIALIZED (
        (SELECT {key}, user_id FROM {table} ORDER BY md5({key}::text) LIMIT 100)
        UNION ALL
        (
            SELECT DISTINCT ON (user_id) {key}, user_id
            FROM {table} ORDER BY user_id, md5({key}::text) LIMIT 100
        )
    )
    SELECT u.id, d.{key}
    FROM drawn AS d
    INNER JOIN core.users AS u ON u.user_id = d.user_id AND u.is_active
    ORDER BY md5(d.{key}::text)
    LIMIT %(count)s
"""

PARAMETERS = {
    "agent": _drawn("webtest.agent_decisions", "agent_id", hashed="hashtextextended(agent_id, 8)"),
    "model": _drawn("webtest.predictions", "model_id"),
    "account": """
        SELECT coalesce(min(m.user_id), min(b.base) + 2), p.account_id
        FROM apex.projects AS p
        LEFT JOIN apex.account_members AS m USING (account_id)
        CROSS JOIN (SELECT s.base FROM footing_sample.steps AS s WHERE s.step = 'core.users') AS b
        GROUP BY p.account_id
        ORDER BY hashint8extended(p.account_id, 1)
        LIMIT %(count)s
    """,
    "document": _OWN.format(table="copilot.documents", key="document_id"),
    "conversation": _OWN.format(table="copilot.messages", key="conversation_id"),
    "project": _drawn("webtest.test_executions", "project_id"),
    "test": _drawn("webtest.test_executions", "test_id"),
    "person": _drawn("webtest.test_executions", "user_id"),
    "words": _WORDS,
    "cycle": _drawn("atmosfera.test_cycle_items", "cycle_id"),
    "item": _drawn("atmosfera.test_runs", "cycle_item_id"),
    "ticket": _drawn("atmosfera.test_case_jira_links", "jira_ticket_id"),
}


@dataclass(frozen=True)
class Hot:
    """One query in its three forms."""

    name: str
    parameter: str
    ours: str
    theirs: str = ""  # '' where the document has none
    filtered: str = ""  # '' where `ours` names its tenant already
    schema: str = "webtest"
    document: str = "document_000"
    types: tuple[str, ...] = ("bigint",)
    bar: float | None = None  # the p95, in ms, that it has to keep


_MINE = "project_id IN (SELECT a.project_id FROM core.user_project_access AS a WHERE a.user_id = $1)"
_DASHBOARD = (
    "SELECT te.id, te.execution_id, tc.title AS test_title, te.result, te.execution_time, te.started_at,"
    " u.username FROM test_executions te JOIN test_cases tc ON te.test_id = tc.id"
    " JOIN users u ON te.user_id = u.id"
    " WHERE te.project_id = $2 AND te.created_at >= NOW() - INTERVAL '7 days'"
    " ORDER BY te.created_at DESC LIMIT 100"
)
_HISTORY = (
    "SELECT execution_id, result, execution_time, started_at, completed_at FROM test_executions"
    " WHERE {mine}test_id = $2 ORDER BY created_at DESC LIMIT 50"
)
_FAILURES = (
    "SELECT id, test_id, created_at FROM test_executions"
    " WHERE project_id = $2 AND result IN ('fail', 'error') ORDER BY created_at DESC LIMIT 50"
)
_RUNNING = (
    "SELECT id, test_id, started_at FROM test_executions"
    " WHERE project_id = $2 AND result IN ('running', 'pending') ORDER BY started_at DESC LIMIT 50"
)
_LATEST = (
    "SELECT * FROM test_executions WHERE {mine}created_at >= NOW() - INTERVAL '7 days'"
    " AND $2::bigint IS NOT NULL ORDER BY created_at DESC LIMIT 100"
)
_ACTIVE = (
    "SELECT id, test_id, title FROM test_cases WHERE {mine}status = 'active' AND $2::bigint IS NOT NULL"
    " ORDER BY created_at DESC LIMIT 50"
)
_ACTIVE_OF_ONE = (
    "SELECT id, test_id, title FROM test_cases WHERE project_id = $2 AND status = 'active'"
    " ORDER BY created_at DESC LIMIT 50"
)
_AUDIT = (
    "SELECT * FROM audit_logs WHERE user_id = $1 AND $2::bigint IS NOT NULL"
    " ORDER BY created_at DESC LIMIT 50"
)
_SEARCH = (
    "SELECT test_id, title, description, ts_rank(tsv, query) AS rank"
    " FROM test_cases, websearch_to_tsquery('english', $2) AS query"
    " WHERE tsv @@ query AND status = 'active' ORDER BY rank DESC LIMIT 20"
)
_AGENT = (
    "SELECT agent_id, decision_type, confidence_score, execution_time_ms, created_at"
    " FROM agent_decisions WHERE {mine}agent_id = $2 AND confidence_score >= 0.8"
    " AND created_at >= NOW() - INTERVAL '24 hours'"
    " ORDER BY confidence_score DESC, created_at DESC LIMIT 100"
)
_RUNS = "SELECT * FROM test_runs WHERE {mine}cycle_item_id = $2 ORDER BY executed_at DESC LIMIT 20"
_LINKS = "SELECT test_case_id, link_type FROM test_case_jira_links WHERE {mine}jira_ticket_id = $2"
_PREDICTIONS = (
    "SELECT prediction, confidence, created_at FROM predictions WHERE {mine}model_id = $2"
    " ORDER BY created_at DESC LIMIT 50"
)

HOT = (
    Hot("dashboard, 7 days, 100 rows", "project", _DASHBOARD, _DASHBOARD, bar=1.0),
    Hot(
        "dashboard, by function",
        "project",
        "SELECT * FROM project_dashboard($2)",
        _DASHBOARD,
        _DASHBOARD,
        bar=1.0,
    ),
    Hot(
        "history of a test, 50 rows",
        "test",
        _HISTORY.format(mine=""),
        _HISTORY.format(mine=""),
        _HISTORY.format(mine=f"{_MINE} AND "),
        bar=0.3,
    ),
    Hot(
        "history of a test, by function",
        "test",
        "SELECT * FROM test_history($2)",
        _HISTORY.format(mine=""),
        _HISTORY.format(mine=f"{_MINE} AND "),
        bar=0.3,
    ),
    Hot("failures of a project, 50 rows", "project", _FAILURES, _FAILURES, bar=0.5),
    Hot("running executions of a project", "project", _RUNNING, _RUNNING, bar=1.0),
    Hot(
        "latest of all projects, 100 rows",
        "project",
        _LATEST.format(mine=""),
        _LATEST.format(mine=""),
        _LATEST.format(mine=f"{_MINE} AND "),
        bar=1.0,
    ),
    Hot(
        "active cases of all projects, 50 rows",
        "project",
        _ACTIVE.format(mine=""),
        _ACTIVE.format(mine=""),
        _ACTIVE.format(mine=f"{_MINE} AND "),
        bar=0.5,
    ),
    Hot(
        "active cases of all projects, by function",
        "project",
        "SELECT * FROM latest_test_cases() WHERE $2::bigint IS NOT NULL",
        _ACTIVE.format(mine=""),
        _ACTIVE.format(mine=f"{_MINE} AND "),
        bar=0.5,
    ),
    Hot("active cases of a project, 50 rows", "project", _ACTIVE_OF_ONE, _ACTIVE_OF_ONE, bar=0.5),
    Hot(
        "search over all projects, top 20",
        "words",
        "SELECT * FROM search_test_cases($2)",
        _SEARCH,
        types=("text",),
        bar=5.0,
        filtered="SELECT * FROM test_cases AS c, websearch_to_tsquery('english', $2) AS query"
        f" WHERE tsv @@ query AND status = 'active' AND {_MINE} ORDER BY ts_rank(tsv, query) DESC LIMIT 20",
    ),
    Hot("audit trail of a person, 50 rows", "person", _AUDIT, _AUDIT, schema="core", bar=1.0),
    Hot(
        "ready cases of a project, 50 rows",
        "project",
        "SELECT id, title FROM test_cases WHERE project_id = $2 AND status = 'ready' LIMIT 50",
        "SELECT id, title FROM test_cases WHERE project_id = $2 AND status = 'ready' LIMIT 50",
        schema="atmosfera",
        document="document_001",
        bar=1.0,
    ),
    Hot(
        "tickets of a project by status, 50 rows",
        "project",
        "SELECT id, jira_key FROM jira_tickets WHERE project_id = $2 AND status = 'In Review' LIMIT 50",
        "SELECT id, jira_key FROM jira_tickets WHERE project_id = $2 AND status = 'In Review' LIMIT 50",
        schema="atmosfera",
        document="document_001",
        bar=1.0,
    ),
    Hot(
        "active recommendations, 20 rows",
        "project",
        "SELECT * FROM recommendations WHERE project_id = $2 AND status = 'active'"
        " ORDER BY created_at DESC LIMIT 20",
        "SELECT * FROM recommendations WHERE project_id = $2 AND status = 'active'"
        " ORDER BY created_at DESC LIMIT 20",
        schema="atmosfera",
        document="document_001",
        bar=1.0,
    ),
    Hot(
        "runs of an item, latest first",
        "item",
        _RUNS.format(mine=""),
        _RUNS.format(mine=""),
        _RUNS.format(mine=f"{_MINE} AND "),
        schema="atmosfera",
        document="document_001",
        bar=1.0,
    ),
    Hot(
        "execution summary of a cycle",
        "cycle",
        "SELECT * FROM test_execution_summary WHERE cycle_id = $2",
        "SELECT * FROM test_execution_summary WHERE cycle_id = $2",
        schema="atmosfera",
        document="document_001",
        bar=1.0,
    ),
    Hot(
        "cases of a ticket",
        "ticket",
        _LINKS.format(mine=""),
        _LINKS.format(mine=""),
        _LINKS.format(mine=f"{_MINE} AND "),
        schema="atmosfera",
        document="document_001",
        bar=1.0,
    ),
    Hot(
        "agent performance, 24 hours",
        "agent",
        _AGENT.format(mine=""),
        _AGENT.format(mine=""),
        _AGENT.format(mine=f"{_MINE} AND "),
        types=("text",),
        bar=0.5,
    ),
    Hot(
        "predictions of a model, 50 rows",
        "model",
        _PREDICTIONS.format(mine=""),
        "SELECT prediction, confidence, created_at FROM predictions WHERE (model_name, model_version) ="
        " (SELECT m.name, m.version FROM webtest.ml_models AS m WHERE m.id = $2)"
        " ORDER BY created_at DESC LIMIT 50",
        _PREDICTIONS.format(mine=f"{_MINE} AND "),
        bar=1.0,
    ),
    Hot("figures of a project", "project", "SELECT * FROM mv_project_stats WHERE project_id = $2", bar=1.0),
    Hot(
        "an account's projects, latest 20",
        "account",
        "SELECT project_id, name, status FROM apex.projects WHERE account_id = $2"
        " ORDER BY created_at DESC LIMIT 20",
        "SELECT project_id, name, status FROM projects WHERE account_id = $2"
        " ORDER BY created_at DESC LIMIT 20",
        schema="apex",
        document="document_002",
        bar=1.0,
    ),
    Hot(
        "one's latest documents, 20 rows",
        "document",
        "SELECT document_id, project_name, status FROM documents"
        " WHERE user_id = core.current_user_uuid() AND $2 IS NOT NULL ORDER BY updated_at DESC LIMIT 20",
        "SELECT document_id, project_name, status FROM documents"
        " WHERE user_id = core.current_user_uuid() AND $2 IS NOT NULL ORDER BY updated_at DESC LIMIT 20",
        schema="copilot",
        document="document_004",
        types=("uuid",),
        bar=1.0,
    ),
    Hot(
        "messages of a conversation, first 50",
        "conversation",
        "SELECT role, content FROM messages WHERE conversation_id = $2 ORDER BY sequence_number LIMIT 50",
        'SELECT role, content FROM messages WHERE conversation_id = $2 ORDER BY "timestamp" LIMIT 50',
        schema="copilot",
        document="document_004",
        types=("uuid",),
        bar=1.0,
    ),
)
