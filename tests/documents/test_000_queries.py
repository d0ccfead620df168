"""000 §2.7 and §3: each query as the document has it, but for the ids, under the application role."""

from typing import Any

import pytest

from tests.webtest.conftest import Bench

DASHBOARD = """
SELECT
    te.id,
    te.execution_id,
    tc.title AS test_title,
    te.result,
    te.execution_time,
    te.started_at,
    u.username
FROM test_executions te
JOIN test_cases tc ON te.test_id = tc.id
JOIN users u ON te.user_id = u.id
WHERE te.project_id = 123
  AND te.created_at >= NOW() - INTERVAL '7 days'
ORDER BY te.created_at DESC
LIMIT 100;
"""
HISTORY = """
SELECT
    execution_id,
    result,
    execution_time,
    started_at,
    completed_at
FROM test_executions
WHERE test_id = 456
ORDER BY created_at DESC
LIMIT 50;
"""
SEARCH = """
SELECT
    test_id,
    title,
    description,
    ts_rank(tsv, query) AS rank
FROM test_cases, to_tsquery('english', 'login & authentication') AS query
WHERE tsv @@ query
  AND status = 'active'
ORDER BY rank DESC
LIMIT 20;
"""
USAGE = """
SELECT * FROM test_cases
WHERE tsv @@ to_tsquery('login & authentication')
ORDER BY ts_rank(tsv, to_tsquery('login & authentication')) DESC;
"""
LATEST = """
SELECT * FROM test_executions
WHERE created_at >= NOW() - INTERVAL '7 days'
ORDER BY created_at DESC
LIMIT 100;
"""


def _ask(bench: Bench, query: str, part: str = "viewer") -> list[tuple[Any, ...]]:
    with bench.db.session("authenticated_users", bench.id_of(part)) as session:
        session.execute("SET LOCAL search_path = webtest, core")
        return session.execute(query.encode()).fetchall()


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """Four runs in Apollo, the second by somebody who has left, the last too old; one in Borealis."""
    gone = bench.person("gwen")
    bench.grant(gone, bench.apollo, "editor")
    bench.db.admin.execute("DELETE FROM core.user_project_access WHERE user_id = %s", [gone])
    hour = "SELECT now() - %s * interval '1 hour'"
    for name, hours, who in (("E1", 1, bench.editor), ("E2", 2, gone), ("E3", 3, bench.manager)):
        bench.execution(name, user_id=who, created_at=bench.value(hour, hours))
    bench.execution("E9", user_id=bench.editor, created_at=bench.value(hour, 200))
    bench.execution(
        "X1", test_id=bench.foreign_case, created_at=bench.value(hour, 1), user_id=bench.outsider
    )
    return bench


def test_dashboard(bench: Bench) -> None:
    query = DASHBOARD.replace("123", str(bench.apollo))

    rows = _ask(bench, query)

    assert [(row[1], row[2], row[6]) for row in rows] == [
        ("E1", "Login works", "edith"),
        ("E2", "Login works", "gwen"),
        ("E3", "Login works", "mona"),
    ]
    assert _ask(bench, query, "outsider") == []


def test_history_of_a_test(bench: Bench) -> None:
    query = HISTORY.replace("456", str(bench.case))

    rows = _ask(bench, query)

    assert [row[:3] for row in rows] == [(f"E{n}", "pass", 1.5) for n in (1, 2, 3, 9)]
    assert _ask(bench, query, "outsider") == []


def test_latest_executions_of_all_projects_one_may_see(bench: Bench) -> None:
    assert [row[1] for row in _ask(bench, LATEST)] == ["E1", "E2", "E3"]
    assert [row[1] for row in _ask(bench, LATEST, "outsider")] == ["X1"]


@pytest.mark.parametrize("query", [SEARCH, USAGE])
def test_full_text_search(bench: Bench, query: str) -> None:
    text = {"title": "Login and authentication", "description": "Both words in the title"}
    bench.test_case(bench.apollo, test_id="TEST-100002", title="Safe", description="login, authentication")
    bench.test_case(bench.apollo, test_id="TEST-100001", **text)
    bench.test_case(bench.borealis, test_id="TEST-100003", **text)

    with bench.db.session("authenticated_users", bench.viewer) as session:
        session.execute("SET LOCAL search_path = webtest, core")
        session.execute("SET LOCAL default_text_search_config = 'pg_catalog.english'")
        cursor = session.execute(query.encode())
        label = [column.name for column in cursor.description].index("test_id")
        found = [row[label] for row in cursor]

    assert found == ["TEST-100001", "TEST-100002"]
