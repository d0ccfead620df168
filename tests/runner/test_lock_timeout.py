"""A lock that can't be had: tried again as a whole, given up in time, and whoever has it is named."""

import re

import psycopg

from tests.runner.conftest import Project
from tests.support.scratch_tables import tables
from tests.support.waiting import wait_until

ALTER = {"migrations/0002_alter.sql": "CREATE TABLE s1.u ();\nALTER TABLE s1.t ADD y int;\n"}
QUICKLY = ("--lock-timeout", "1s", "--lock-tries", "2")
READS = "SELECT count(*) FROM s1.t"


def _long_reader(project: Project) -> psycopg.Connection:
    """Open a transaction that has read the table, like a report that never ends."""
    reader = project.db.connect("postgres", autocommit=False, application_name="nightly report")
    reader.execute(READS)
    return reader


def test_gives_up_and_names_pid_application_state_age_and_query_of_the_blocker(project: Project) -> None:
    project.write(tables(1), ALTER)
    project.migrate("--to", "1")
    reader = _long_reader(project)

    gave_up = project.run("migrate", *QUICKLY)

    assert gave_up.returncode == 5
    blocked = re.search(r"blocked by (.*)", gave_up.stderr)
    assert blocked, gave_up.stderr
    assert f"pid {reader.info.backend_pid}, nightly report (postgres)" in blocked[1]
    assert "idle in transaction" in blocked[1]
    assert re.search(r"transaction open for \d\d:\d\d:\d\d", blocked[1])
    assert blocked[1].endswith(READS)
    assert "in 2 tries" in gave_up.stderr


def test_leaves_nothing_half_done_when_it_gives_up(project: Project) -> None:
    project.write(tables(1), ALTER)
    project.migrate("--to", "1")
    _long_reader(project)

    project.run("migrate", *QUICKLY)

    assert project.rows("SELECT to_regclass('s1.u')") == [(None,)]
    assert project.applied() == ["0001_create_s1"]


def test_tries_the_whole_transaction_again_and_succeeds_once_the_blocker_has_gone(project: Project) -> None:
    project.write(tables(1), ALTER)
    project.migrate("--to", "1")
    reader = _long_reader(project)

    migrating = project.popen("migrate", "--lock-timeout", "300ms")
    assert migrating.stderr
    said = next(line for line in migrating.stderr if "no lock within" in line)
    reader.rollback()

    assert migrating.wait(timeout=30) == 0
    assert "try 2 of 10" in said
    assert project.applied() == ["0001_create_s1", "0002_alter"]


def test_a_file_can_set_its_own_lock_timeout(project: Project) -> None:
    patient = "-- lock_timeout: 100ms\n\n" + ALTER["migrations/0002_alter.sql"]
    project.write(tables(1), {"migrations/0002_alter.sql": patient})
    project.migrate("--to", "1")
    _long_reader(project)

    gave_up = project.run("migrate", "--lock-timeout", "1h", "--lock-tries", "1", timeout=20)

    assert gave_up.returncode == 5


def test_a_deadlock_is_tried_again(project: Project) -> None:
    project.write(tables(1, 2), {"migrations/0003_cross.sql": "LOCK TABLE s1.t;\nLOCK TABLE s2.t;\n"})
    project.migrate("--to", "2")
    other = project.db.connect(autocommit=False)
    other.execute("SET LOCAL deadlock_timeout = '1min'")  # so that the runner is the victim
    other.execute("LOCK TABLE s2.t")

    migrating = project.popen("migrate", "--lock-timeout", "20s")
    project.wait_for_backend("wait_event_type = 'Lock'")
    other.execute("LOCK TABLE s1.t")
    other.rollback()

    out, said = migrating.communicate(timeout=60)
    assert migrating.returncode == 0, said
    assert "try 2 of" in said
    assert "applied 1 migration" in out


def test_readers_are_not_queued_behind_it_for_longer_than_the_lock_timeout(project: Project) -> None:
    project.write(tables(1), ALTER)
    project.migrate("--to", "1")
    _long_reader(project)
    migrating = project.popen("migrate", "--lock-timeout", "300ms", "--lock-tries", "2")
    project.wait_for_backend("wait_event_type = 'Lock'")

    queued = project.db.connect()
    queued.execute("SET statement_timeout = '2s'")
    queued.execute(READS)

    assert migrating.wait(timeout=30) == 5


def test_a_rollback_waits_and_gives_up_in_the_same_way(project: Project) -> None:
    project.write(tables(1))
    project.migrate()
    reader = _long_reader(project)

    gave_up = project.run("rollback", "--yes", *QUICKLY)

    assert gave_up.returncode == 5
    assert f"pid {reader.info.backend_pid}" in gave_up.stderr
    assert project.applied() == ["0001_create_s1"]


def test_no_watcher_is_left_behind(project: Project) -> None:
    project.write(tables(1), ALTER)
    project.migrate("--to", "1")
    _long_reader(project)

    project.run("migrate", *QUICKLY)

    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'footing%'"
    wait_until(lambda: project.rows(sessions) == [(0,)], 5, "a session is still there")
