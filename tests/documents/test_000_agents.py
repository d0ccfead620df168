"""000 §1.2, §2.8 and §3: what it says of agents, models and figures, under the application role."""

from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.support.webtest import MODEL, add, agents, decision, hours_ago, message, model
from tests.webtest.conftest import Bench

AGENT_PERFORMANCE = """
SELECT
    agent_id,
    decision_type,
    confidence_score,
    execution_time_ms,
    created_at
FROM agent_decisions
WHERE agent_id = 'generation_agent_001'
  AND confidence_score >= 0.8
  AND created_at >= NOW() - INTERVAL '24 hours'
ORDER BY confidence_score DESC, created_at DESC
LIMIT 100;
"""
USAGE = """
SELECT * FROM agent_decisions
WHERE context @> '{"test_id": "TEST-000001"}';
"""
PROJECT_STATS = "SELECT * FROM mv_project_stats WHERE project_id = 123;"

# the document's own columns, without those it fills by default: (table, row)
INSERTS: list[tuple[str, dict[str, Any]]] = [
    ("ml_models", {**MODEL, "model_id": "MODEL-000123", "status": "active", "created_by": "{editor}"}),
    (
        "agent_decisions",
        {
            "agent_id": "generation_agent_001",
            "agent_type": "generation",
            "decision_type": "generate_test",
            "context": Jsonb({"test_id": "TEST-000001"}),
            "decision": Jsonb({"action": "create"}),
            "confidence_score": 0.92,
            "execution_time_ms": 120.5,
        },
    ),
    (
        "agent_messages",
        {
            "sender_id": "generation_agent_001",
            "receiver_id": "analysis_agent_001",
            "message_type": "request",
            "payload": Jsonb({"test_id": "TEST-000001"}),
            "status": "sent",
        },
    ),
    (
        "predictions",
        {
            "model_id": "{model}",
            "model_name": "flaky",
            "model_version": "1.0",
            "features": Jsonb({"runs": 7}),
            "prediction": 1,
            "confidence": 0.8,
            "ground_truth": None,
            "latency_ms": 3.5,
        },
    ),
]


def _ask(bench: Bench, query: str, part: str = "viewer") -> list[tuple[Any, ...]]:
    with bench.db.session("authenticated_users", bench.id_of(part)) as session:
        session.execute("SET LOCAL search_path = webtest, core")
        return session.execute(query.encode()).fetchall()


def test_inserts_of_the_documents_columns_work_once_the_agents_are_registered(bench: Bench) -> None:
    register = "INSERT INTO agents (agent_id, agent_type) VALUES (%s, %s)"

    with bench.db.session("authenticated_users", bench.editor) as session:
        session.execute("SET LOCAL search_path = webtest, core")
        for agent, kind in (("generation_agent_001", "generation"), ("analysis_agent_001", "analysis")):
            session.execute(register.encode(), [agent, kind])
        made = {"{editor}": bench.editor}
        for table, row in INSERTS:
            statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() for _ in row),
            )
            values = [made.get(value, value) if isinstance(value, str) else value for value in row.values()]
            key = session.execute(statement, values).fetchone()
            assert key is not None
            made.setdefault("{model}", key[0])

    for table, _ in INSERTS:
        assert bench.value(f"SELECT array_agg(project_id) FROM webtest.{table}") == [bench.apollo], table


def test_agent_performance(bench: Bench) -> None:
    for project in (bench.apollo, bench.borealis):
        agents(bench, project)
    made = {}
    for name, hours, confidence in (
        ("sure", 1, 0.99),
        ("sure before", 2, 0.99),
        ("just sure enough", 23, 0.8),
        ("unsure", 1, 0.79),
        ("too old", 25, 0.99),
    ):
        when = hours_ago(bench, hours)
        made[name] = when
        decision(bench, bench.apollo, decision_type=name, confidence_score=confidence, created_at=when)
    other = {"agent_id": "analysis_agent_001", "agent_type": "analysis"}
    decision(bench, bench.apollo, decision_type="another agent's", **other)
    decision(bench, bench.borealis, decision_type="another project's")

    rows = _ask(bench, AGENT_PERFORMANCE)

    assert rows == [
        ("generation_agent_001", "sure", 0.99, 12.5, made["sure"]),
        ("generation_agent_001", "sure before", 0.99, 12.5, made["sure before"]),
        ("generation_agent_001", "just sure enough", 0.8, 12.5, made["just sure enough"]),
    ]
    assert [row[1] for row in _ask(bench, AGENT_PERFORMANCE, "outsider")] == ["another project's"]
    assert _ask(bench, AGENT_PERFORMANCE, "nobody") == []


def test_decisions_by_their_context(bench: Bench) -> None:
    for project in (bench.apollo, bench.borealis):
        agents(bench, project)
    about = [decision(bench, bench.apollo), decision(bench, bench.apollo, context=Jsonb({"test_id": "x"}))]
    theirs = decision(bench, bench.borealis)

    assert [row[0] for row in _ask(bench, USAGE)] == about[:1]
    assert [row[0] for row in _ask(bench, USAGE, "outsider")] == [theirs]


def test_project_stats(bench: Bench) -> None:
    """The document's probe: 2 tests and 3 executions, which its own view makes 6, 4 and 2."""
    bench.test_case(bench.apollo)
    for name, result in (("E1", "pass"), ("E2", "pass"), ("E3", "fail")):
        bench.execution(name, result=result)
    bench.execution("E4", created_at=hours_ago(bench, 31 * 24))
    query = PROJECT_STATS.replace("123", str(bench.apollo))

    bench.db.admin.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY webtest.mv_project_stats_data")

    rows = _ask(bench, query)
    assert [row[:8] for row in rows] == [(bench.apollo, "Apollo", 2, 2, 3, 2, 1, 1.5)]
    assert _ask(bench, query, "outsider") == []


# (table, query, the index of ours that answers it)
ACCESS_PATHS = [
    ("agent_decisions", AGENT_PERFORMANCE, "agent_id_created_at"),
    (
        "agent_decisions",
        "SELECT * FROM agent_decisions WHERE created_at >= NOW() - INTERVAL '1 day'"
        " ORDER BY created_at DESC LIMIT 20",
        "created_at",
    ),
    (
        "predictions",
        "SELECT * FROM predictions WHERE model_id = {model} ORDER BY created_at DESC LIMIT 20",
        "model_id_created_at",
    ),
    (
        "predictions",
        "SELECT * FROM predictions WHERE model_id = {model} AND ground_truth IS NULL"
        " ORDER BY created_at DESC LIMIT 20",
        "model_id_created_at_no_ground_truth",
    ),
    ("predictions", "SELECT * FROM predictions WHERE id = 77", "pkey"),
    (
        "predictions",
        "SELECT * FROM predictions WHERE created_at >= NOW() - INTERVAL '1 day'"
        " ORDER BY created_at DESC LIMIT 20",
        "created_at",
    ),
    (
        "agent_messages",
        "SELECT * FROM agent_messages WHERE receiver_id = 'analysis_agent_001' AND project_id = {apollo}"
        " AND status IN ('sent', 'delivered') ORDER BY id LIMIT 20",
        "receiver_id_project_id_id_unprocessed",
    ),
    (
        "agent_messages",
        "SELECT * FROM agent_messages WHERE sender_id = 'quiet_agent_001'"
        " ORDER BY created_at DESC LIMIT 20",
        "sender_id_created_at",
    ),
]


@pytest.fixture
def crowded(bench: Bench) -> Bench:
    """The bench with enough rows that a sequential scan is never the cheaper."""
    for project in (bench.apollo, bench.borealis):
        agents(bench, project)
        for n in range(50):
            add(bench, "agents", agent_id=f"agent_{n:03}", project_id=project, agent_type="analysis")
    add(bench, "agents", agent_id="quiet_agent_001", project_id=bench.apollo, agent_type="analysis")
    bench.model = [model(bench, bench.apollo, version=f"{n}") for n in range(50)][7]
    for statement in (
        "INSERT INTO webtest.agent_decisions (agent_id, project_id, agent_type, decision_type, context,"
        " decision, confidence_score, execution_time_ms, created_at) SELECT format('agent_%%s',"
        " to_char(n %% 50, 'FM000')), %s, 'analysis', 'd', '{}', '1', (n %% 100) / 100.0, 1, {moment}",
        "INSERT INTO webtest.predictions (model_id, project_id, features, prediction, confidence,"
        " latency_ms, ground_truth, created_at) SELECT (SELECT min(id) FROM webtest.ml_models) + n %% 50,"
        " %s, '{}', 1, 0.5, 1, CASE WHEN n %% 7 > 0 THEN 1 END, {moment}",
    ):
        # in no order, as rows of many programs come; all of this month
        rows = statement.replace(
            "{moment}", "now() - n * interval '1 us' FROM generate_series(1, 20000) AS n"
        )
        bench.db.admin.execute((rows + " ORDER BY random()").encode(), [bench.apollo])
    long_past = decision(bench, bench.apollo, created_at=hours_ago(bench, 25))
    bench.db.admin.execute(
        "INSERT INTO webtest.agent_decisions (agent_id, project_id, agent_type, decision_type, context,"
        " decision, confidence_score, execution_time_ms, created_at)"
        " SELECT agent_id, project_id, agent_type, decision_type, context, decision,"
        " 0.8 + n / 50000.0, execution_time_ms, created_at"
        " FROM webtest.agent_decisions, generate_series(1, 5000) AS n WHERE id = %s",
        [long_past],
    )
    for _ in range(20):
        decision(bench, bench.apollo)
    bench.run(
        "editor",
        "INSERT INTO webtest.agent_messages (sender_id, receiver_id, message_type, payload, status)"
        " SELECT 'generation_agent_001', 'analysis_agent_001', 'm', '1',"
        " CASE WHEN n %% 10 = 0 THEN 'sent' ELSE 'failed' END FROM generate_series(1, 20000) AS n",
    )
    message(bench, bench.apollo, sender_id="quiet_agent_001")
    bench.db.admin.execute("VACUUM (ANALYZE)")
    return bench


def test_each_access_path_the_document_names_has_its_index_under_row_security(crowded: Bench) -> None:
    parents = dict(
        crowded.db.admin.execute(
            "SELECT child.relname, parent.relname FROM pg_inherits AS i JOIN pg_class AS child"
            " ON child.oid = i.inhrelid JOIN pg_class AS parent ON parent.oid = i.inhparent"
        ).fetchall()
    )
    month = crowded.value("SELECT to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')")  # the others are empty

    for table, query, index in ACCESS_PATHS:
        filled = query.replace("{model}", str(crowded.model)).replace("{apollo}", str(crowded.apollo))
        plan = _ask(crowded, "EXPLAIN (FORMAT JSON) " + filled)[0][0][0]["Plan"]
        scans = [node for node in _nodes(plan) if node.get("Relation Name") in (table, table + month)]
        names = {node["Index Name"] for scan in scans for node in _nodes(scan) if "Index Name" in node}
        used = {parents.get(name, name) for name in names}
        assert used == {f"{table}_pkey" if index == "pkey" else f"idx_{table}_{index}"}, (query, scans)


def test_agent_performance_reads_one_day_of_one_agent_and_only_the_index(crowded: Bench) -> None:
    explain = "EXPLAIN (FORMAT JSON, ANALYZE, BUFFERS, TIMING OFF) "

    with crowded.db.session("authenticated_users", crowded.viewer) as session:
        session.execute("SET LOCAL search_path = webtest, core")
        for _ in range(2):  # the first time reads catalogues too
            plan = session.execute((explain + AGENT_PERFORMANCE).encode()).fetchone()[0][0]["Plan"]

    scans = [node for node in _nodes(plan) if node["Node Type"] == "Index Only Scan"]
    scan = max(scans, key=lambda node: node["Actual Rows"])
    assert scan["Actual Rows"] == 20
    assert scan["Heap Fetches"] == 0
    # the 5,001 older decisions of the agent, about as sure, lie on 40 pages
    assert scan["Shared Hit Blocks"] + scan["Shared Read Blocks"] < 20, scan


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in _nodes(child))]
