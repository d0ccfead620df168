"""webtest.mv_project_stats: tables counted by themselves, shown to the project's people, fresh in use."""

import threading

import pytest
from psycopg import errors

from tests.support.webtest import hours_ago
from tests.webtest.conftest import Bench

REFRESH = "REFRESH MATERIALIZED VIEW CONCURRENTLY webtest.mv_project_stats_data"
COUNTS = (
    "total_tests, active_tests, total_executions_last_30_days, passed_executions, failed_executions,"
    " skipped_executions, error_executions, running_executions, pending_executions"
)
NAMED = f"SELECT project_name, {COUNTS}, avg_execution_time FROM webtest.mv_project_stats ORDER BY 1"


def _refresh(bench: Bench) -> None:
    bench.db.admin.execute("SET ROLE footing_owner")
    bench.db.admin.execute(REFRESH.encode())
    bench.db.admin.execute("RESET ROLE")


def _runs(bench: Bench) -> None:
    """Give Apollo two more cases and a run of each result, a long-past one, and one of Borealis."""
    bench.test_case(bench.apollo, status="deprecated")
    bench.test_case(bench.apollo)
    timed = {"pass": 2.0, "fail": 4.0, "skip": None, "error": 6.0}
    for number, (result, seconds) in enumerate([*timed.items(), ("pass", 8.0)]):
        bench.execution(f"E{number}", result=result, execution_time=seconds)
    for result in ("running", "pending"):
        bench.execution(result, result=result, execution_time=None, completed_at=None)
    bench.execution("old", created_at=hours_ago(bench, 31 * 24))
    bench.execution("theirs", test_id=bench.foreign_case)


def test_every_result_is_counted_once_whatever_it_is_joined_with(bench: Bench) -> None:
    _runs(bench)
    with bench.db.session("authenticated_users", bench.viewer) as session:
        before = session.execute(NAMED.encode()).fetchall()

    _refresh(bench)

    with bench.db.session("authenticated_users", bench.viewer) as session:
        after = session.execute(NAMED.encode()).fetchall()
    assert before == []  # figures are those of the last refresh
    # the document's query says 24 executions, three times as many, and knows no skip and no error
    assert after == [("Apollo", 3, 2, 7, 2, 1, 1, 1, 1, 1, 5.0)]


def test_a_project_without_rows_has_zeros_and_one_that_is_not_active_has_no_row(bench: Bench) -> None:
    bench.project(bench.owner, "Cassini")
    bench.project(bench.owner, "Deimos", status="archived")

    _refresh(bench)

    with bench.db.session("authenticated_users", bench.owner) as session:
        rows = session.execute(NAMED.encode()).fetchall()
    assert rows[1:] == [("Cassini", 0, 0, 0, 0, 0, 0, 0, 0, 0, None)]
    assert bench.value("SELECT count(*) FROM webtest.mv_project_stats_data") == 3


def test_figures_are_shown_to_the_projects_people_and_no_other(bench: Bench) -> None:
    _refresh(bench)
    query = "SELECT project_id FROM webtest.mv_project_stats"

    for role in ("authenticated_users", "readonly_users"):
        for part in ("nobody", "outsider", "viewer", "editor", "manager", "owner", "admin"):
            sees = part in ("viewer", "editor", "manager", "owner")
            expected = {bench.apollo} if sees else {bench.borealis} if part == "outsider" else set()
            assert bench.ids(role, part, query) == expected, (role, part)
    assert bench.value("SELECT count(*) FROM webtest.mv_project_stats_data") == 2

    bench.db.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [bench.viewer])
    assert bench.ids("authenticated_users", "viewer", query) == set()


def test_a_readers_function_sees_no_row_before_the_filter_does(bench: Bench) -> None:
    _refresh(bench)
    leak = (
        "CREATE FUNCTION pg_temp.leak(bigint) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS"
        " 'BEGIN RAISE NOTICE ''leaked %'', $1; RETURN true; END'"
    )
    heard: list[str] = []

    with bench.db.session("authenticated_users", bench.viewer) as session:
        session.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
        session.execute(leak)
        session.execute("SELECT * FROM webtest.mv_project_stats WHERE pg_temp.leak(project_id)")

    assert heard == [f"leaked {bench.apollo}"]


def test_the_materialized_view_is_read_by_no_group_but_its_owner(bench: Bench) -> None:
    for role in ("authenticated_users", "readonly_users", "authenticator", "monitoring", "bulk_loader"):
        with (
            pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
            bench.db.session(role, bench.manager) as session,
        ):
            session.execute("SELECT * FROM webtest.mv_project_stats_data")
        if role != "authenticated_users":
            continue
        with pytest.raises(errors.InsufficientPrivilege, match=r"must be owner|permission denied"):
            bench.run("manager", REFRESH)

    with bench.db.session("footing_owner") as session:
        assert session.execute("SELECT count(*) FROM webtest.mv_project_stats_data").fetchone() == (0,)


def test_readers_go_on_while_the_figures_are_refreshed(bench: Bench) -> None:
    _refresh(bench)
    read: list[int] = []

    with bench.db.admin.transaction():
        bench.db.admin.execute("SET LOCAL ROLE footing_owner")
        bench.db.admin.execute(REFRESH.encode())  # its lock is held until the end

        def reader() -> None:
            with bench.db.session("authenticated_users", bench.viewer) as session:
                session.execute("SET LOCAL lock_timeout = '5s'")
                read.append(len(session.execute("SELECT * FROM webtest.mv_project_stats").fetchall()))

        reading = threading.Thread(target=reader)
        reading.start()
        reading.join(20)

    assert read == [1]


def test_the_figures_say_when_they_were_taken(bench: Bench) -> None:
    _refresh(bench)
    first = bench.value("SELECT max(refreshed_at) FROM webtest.mv_project_stats_data")

    _refresh(bench)

    assert bench.value("SELECT max(refreshed_at) > %s FROM webtest.mv_project_stats_data", first)
