"""CREATE INDEX CONCURRENTLY: outside a transaction, with a record that survives a crash."""

import signal

import psycopg

from tests.runner.conftest import Project
from tests.support.scratch_tables import concurrent_index, tables
from tests.support.waiting import wait_until

STATE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('s1.idx_t_x')"
NOTED = "SELECT state FROM footing.checksums WHERE migration_id = '0002_index_t_x'"


def _held_open(project: Project) -> psycopg.Connection:
    """Open a transaction with a snapshot: a concurrent build waits for it to end."""
    holder = project.db.connect(autocommit=False)
    holder.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    holder.execute("SELECT count(*) FROM s1.t")
    return holder


def _write(project: Project) -> None:
    project.write(tables(1), concurrent_index(2))
    project.migrate("--to", "1")
    project.db.admin.execute("INSERT INTO s1.t SELECT generate_series(1, 100)")


def test_builds_it_and_records_it(project: Project) -> None:
    _write(project)

    project.migrate()

    assert project.rows(STATE) == [(True,)]
    assert project.rows(NOTED) == [("applied",)]


def test_is_not_bound_by_the_lock_timeout_of_other_files(project: Project) -> None:
    _write(project)
    holder = _held_open(project)

    building = project.popen("migrate", "--lock-timeout", "100ms")
    project.wait_for_backend("query LIKE '%CONCURRENTLY%' AND wait_event_type = 'Lock'")
    waited = "SELECT clock_timestamp() - query_start > '500ms' FROM pg_stat_activity WHERE {}"
    running = "application_name LIKE 'footing migrate%' AND query LIKE '%CONCURRENTLY%'"
    wait_until(lambda: project.rows(waited.format(running)) == [(True,)], 10)
    holder.rollback()

    assert building.wait(timeout=30) == 0
    assert project.rows(STATE) == [(True,)]


def test_its_own_budget_ends_it_and_leaves_no_invalid_index(project: Project) -> None:
    files = concurrent_index(2)
    up = "indexes/0002_index_t_x.sql"
    files[up] = "-- lock_timeout: 300ms\n" + files[up]
    project.write(tables(1), files)
    project.migrate("--to", "1")
    holder = _held_open(project)
    holder.execute("LOCK TABLE s1.t IN ROW EXCLUSIVE MODE")

    gave_up = project.run("migrate")
    holder.rollback()

    assert gave_up.returncode == 5
    assert project.run("migrate").returncode == 0
    assert project.rows(STATE) == [(True,)]


def test_a_build_that_failed_is_no_mark_and_the_next_run_builds_it(project: Project) -> None:
    files = concurrent_index(2)
    up = "indexes/0002_index_t_x.sql"
    files[up] = files[up].replace("CREATE INDEX", "CREATE UNIQUE INDEX")
    project.write(tables(1), files)
    project.migrate("--to", "1")
    project.db.admin.execute("INSERT INTO s1.t VALUES (1), (1)")

    failed = project.run("migrate")
    project.db.admin.execute("DELETE FROM s1.t")
    project.migrate()

    assert failed.returncode == 6
    assert "23505" in failed.stderr
    assert project.rows(STATE) == [(True,)]


def test_an_invalid_index_of_a_killed_run_is_built_again(project: Project) -> None:
    _write(project)
    holder = _held_open(project)
    building = project.popen("migrate")
    backend = project.wait_for_backend(
        "query LIKE '%CONCURRENTLY%' AND wait_event_type = 'Lock' AND wait_event = 'virtualxid'"
    )

    building.send_signal(signal.SIGKILL)
    building.wait()
    gone = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}"
    wait_until(lambda: project.rows(gone) == [(0,)], 15, "the orphan is still there")
    left = project.rows(STATE)
    noted = project.rows(NOTED)
    holder.rollback()
    again = project.migrate()

    assert left == [(False,)]
    assert noted == [("started",)]
    assert "INVALID" in again.stderr
    assert project.rows(STATE) == [(True,)]
    assert project.rows(NOTED) == [("applied",)]


def test_a_valid_index_of_a_killed_run_is_marked_done_and_not_built_twice(project: Project) -> None:
    _write(project)
    project.migrate()
    oid = "SELECT 's1.idx_t_x'::regclass::oid"
    before = project.rows(oid)
    project.db.admin.execute(
        "UPDATE footing.checksums SET state = 'started' WHERE migration_id = '0002_index_t_x'"
    )
    project.db.admin.execute("DELETE FROM footing._yoyo_migration WHERE migration_id LIKE '0002%'")

    project.migrate()

    assert project.rows(oid) == before
    assert project.rows(NOTED) == [("applied",)]


def test_an_index_that_no_run_of_ours_noted_is_an_error(project: Project) -> None:
    _write(project)
    project.db.admin.execute("CREATE INDEX idx_t_x ON s1.t (x)")

    refused = project.run("migrate")

    assert refused.returncode == 6
    assert "an index s1.idx_t_x exists" in refused.stderr
    assert project.rows(NOTED) == []


def test_if_not_exists_over_an_invalid_index_is_not_taken_for_done(project: Project) -> None:
    files = concurrent_index(2)
    up = "indexes/0002_index_t_x.sql"
    files[up] = files[up].replace("CONCURRENTLY idx", "CONCURRENTLY IF NOT EXISTS idx")
    project.write(tables(1), files)
    project.migrate("--to", "1")
    project.db.admin.execute("CREATE INDEX idx_t_x ON s1.t (x)")
    project.db.admin.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 's1.idx_t_x'::regclass"
    )

    refused = project.run("migrate")

    assert refused.returncode == 6
    assert project.rows(STATE) == [(False,)]
    assert project.rows(NOTED) == []


def test_two_runners_with_a_concurrent_index_do_not_deadlock(project: Project) -> None:
    _write(project)
    holder = _held_open(project)
    first = project.popen("migrate")
    project.wait_for_backend("query LIKE '%CONCURRENTLY%' AND wait_event_type = 'Lock'")

    second = project.popen("migrate")
    assert second.stderr
    next(line for line in second.stderr if "waiting" in line)
    holder.rollback()

    assert first.wait(timeout=30) == 0
    assert second.wait(timeout=30) == 0
    assert project.rows(STATE) == [(True,)]


def test_it_is_rolled_back_concurrently(project: Project) -> None:
    _write(project)
    project.migrate()

    project.run("rollback", "--yes", check=True)

    assert project.rows(STATE) == []
    assert project.applied() == ["0001_create_s1"]


def test_a_rollback_cut_short_is_finished_by_the_next_run(project: Project) -> None:
    _write(project)
    project.migrate()
    holder = _held_open(project)
    dropping = project.popen("rollback", "--yes")
    backend = project.wait_for_backend("query LIKE '%DROP%' AND wait_event_type = 'Lock'")

    dropping.send_signal(signal.SIGKILL)
    dropping.wait()
    gone = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}"
    wait_until(lambda: project.rows(gone) == [(0,)], 15, "the orphan is still there")
    holder.rollback()
    project.migrate()

    assert project.rows(STATE) == [(True,)]
    assert project.rows(NOTED) == [("applied",)]
