"""webtest.search_decisions(): what a context contains, in the projects one may see, latest first."""

import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from tests.support.webtest import agents, decision, hours_ago
from tests.webtest.conftest import Bench

ABOUT = "SELECT id FROM webtest.decisions_about_test(%s)"
SEARCH = "SELECT id FROM webtest.search_decisions(%s)"
LOGIN = Jsonb({"test_id": "TEST-000001"})


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """Two decisions about the login test and one about another in Apollo; one about login in Borealis."""
    for project in (bench.apollo, bench.borealis):
        agents(bench, project)
    context = Jsonb({"test_id": "TEST-000001", "run": {"browser": "chrome", "retries": [1, 2]}})
    bench.older = decision(bench, bench.apollo, context=context, created_at=hours_ago(bench, 30))
    bench.newer = decision(bench, bench.apollo, created_at=hours_ago(bench, 1))
    bench.other = decision(bench, bench.apollo, context=Jsonb({"test_id": "TEST-000002"}))
    bench.theirs = decision(bench, bench.borealis)
    return bench


def test_one_finds_the_decisions_one_may_see_and_no_other(bench: Bench) -> None:
    ours = {bench.newer, bench.older}
    for role in ("authenticated_users", "readonly_users"):
        for part in ("nobody", "outsider", "viewer", "editor", "manager", "admin"):
            found = bench.ids(role, part, SEARCH, LOGIN)
            sees = part in ("viewer", "editor", "manager")
            assert found == (ours if sees else {bench.theirs} if part == "outsider" else set()), (
                role,
                part,
            )
            plain = "SELECT id FROM webtest.agent_decisions WHERE context @> %s"
            assert found == bench.ids(role, part, plain, LOGIN), (role, part)

    bench.db.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [bench.viewer])
    assert bench.ids("authenticated_users", "viewer", SEARCH, LOGIN) == set()
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        bench.db.session("bulk_loader", bench.viewer) as session,
    ):
        session.execute(SEARCH.encode(), [LOGIN])
    assert bench.value("SELECT count(*) FROM webtest.agent_decisions WHERE context @> %s", LOGIN) == 3


def test_naming_a_project_opens_none(bench: Bench) -> None:
    query = "SELECT id FROM webtest.search_decisions(%s, %s)"

    assert bench.ids("authenticated_users", "viewer", query, LOGIN, bench.borealis) == set()
    assert bench.ids("authenticated_users", "outsider", query, LOGIN, bench.borealis) == {bench.theirs}


def test_what_is_contained_is_found_latest_first_and_page_by_page(bench: Bench) -> None:
    cases = [
        ({"test_id": "TEST-000001"}, [bench.newer, bench.older]),
        ({"run": {"browser": "chrome"}}, [bench.older]),
        ({"run": {"retries": [2]}}, [bench.older]),
        ({"test_id": "TEST-000001", "run": {"browser": "edge"}}, []),
        ({"browser": "chrome"}, []),
        ({}, [bench.other, bench.newer, bench.older]),
    ]
    page = "SELECT id FROM webtest.search_decisions('{}', p_limit => 2, p_offset => %s)"
    since = "SELECT id FROM webtest.search_decisions(%s, p_since => %s)"

    with bench.db.session("authenticated_users", bench.viewer) as session:
        for context, expected in cases:
            rows = session.execute(SEARCH.encode(), [Jsonb(context)]).fetchall()
            assert [row[0] for row in rows] == expected, context
        pages = [[row[0] for row in session.execute(page.encode(), [offset])] for offset in (0, 2, 4)]
        recent = session.execute(since.encode(), [LOGIN, hours_ago(bench, 24)]).fetchall()

    assert pages == [[bench.other, bench.newer], [bench.older], []]
    assert recent == [(bench.newer,)]


def test_the_decisions_about_a_test_are_those_that_name_it(bench: Bench) -> None:
    more = "SELECT id FROM webtest.decisions_about_test(%s, %s)"
    chrome = Jsonb({"run": {"browser": "chrome"}})
    numbered = decision(bench, bench.apollo, context=Jsonb({"test_id": 7}))

    for part, expected in (("viewer", {bench.newer, bench.older}), ("outsider", {bench.theirs})):
        for role in ("authenticated_users", "readonly_users"):
            assert bench.ids(role, part, ABOUT, "TEST-000001") == expected, (role, part)
    assert bench.ids("authenticated_users", "viewer", more, "TEST-000001", chrome) == {bench.older}
    assert bench.ids("authenticated_users", "nobody", ABOUT, "TEST-000001") == set()
    assert bench.ids("authenticated_users", "viewer", SEARCH, Jsonb({"test_id": 7})) == {numbered}
    assert bench.ids("authenticated_users", "viewer", SEARCH, Jsonb({"test_id": "7"})) == set()


def test_a_test_id_of_any_length_is_taken_and_found(bench: Bench) -> None:
    long = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(5000))  # no room for it in an index
    named, other = (decision(bench, bench.apollo, context=Jsonb({"test_id": long + end})) for end in "ab")

    for query, value in ((SEARCH, Jsonb({"test_id": long + "a"})), (ABOUT, long + "a")):
        assert bench.ids("authenticated_users", "viewer", query, value) == {named}
    assert bench.ids("authenticated_users", "viewer", ABOUT, long + "b") == {other}


def test_a_page_about_a_popular_test_reads_a_page(bench: Bench) -> None:
    bench.db.admin.execute(
        "INSERT INTO webtest.agent_decisions (agent_id, agent_type, project_id, decision_type, context,"
        " decision, confidence_score, execution_time_ms, created_at)"
        " SELECT 'generation_agent_001', 'generation', %s, 'd', jsonb_build_object('test_id', 'TEST-'"
        " || CASE n %% 10 WHEN 0 THEN 'P' ELSE n::text END), '1', 1, 1, now() - n * interval '1 s'"
        " FROM generate_series(1, 20000) AS n",
        [bench.apollo],
    )
    bench.db.admin.execute("VACUUM (ANALYZE) webtest.agent_decisions")
    read = (
        "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"
        " WHERE schemaname = 'webtest' AND relname LIKE 'agent_decisions%%'"
    )
    before = bench.value(read)

    with bench.db.session("authenticated_users", bench.viewer) as session:
        found = session.execute(SEARCH.encode(), [Jsonb({"test_id": "TEST-P"})]).fetchall()
        session.execute("SELECT pg_stat_force_next_flush()")

    assert len(found) == 20
    assert bench.value(read) - before < 100, "the 2,000 decisions about this test were read"


def test_the_search_reads_its_index_and_not_the_log(bench: Bench) -> None:
    bench.db.admin.execute(
        "INSERT INTO webtest.agent_decisions (agent_id, agent_type, project_id, decision_type, context,"
        " decision, confidence_score, execution_time_ms)"
        " SELECT 'generation_agent_001', 'generation', %s, 'd', jsonb_build_object('test_id', n), '1', 1, 1"
        " FROM generate_series(1, 20000) AS n",
        [bench.apollo],
    )
    bench.db.admin.execute("VACUUM (ANALYZE) webtest.agent_decisions")
    scans = (
        "SELECT sum(idx_scan), sum(idx_tup_read) FROM pg_stat_user_indexes"
        " WHERE indexrelname LIKE '%%context%%' AND schemaname = 'webtest'"
    )

    with bench.db.session("authenticated_users", bench.viewer) as session:
        found = session.execute(
            "SELECT context FROM webtest.search_decisions('{\"test_id\": 77}')"
        ).fetchall()
        session.execute("SELECT pg_stat_force_next_flush()")
    used = bench.db.admin.execute(scans.encode()).fetchone()

    assert found == [({"test_id": 77},)]
    assert used is not None
    assert used[0] > 0, "the GIN index was not read"
    assert used[1] < 50, "the index gave more than what was asked for"
