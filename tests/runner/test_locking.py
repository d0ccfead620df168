"""One run at a time: whoever comes second waits, says for whom, and then finds nothing to do."""

import os
import re
import signal
import subprocess

import psycopg
import pytest

from tests.runner.conftest import DEPLOY, Project
from tests.support.database import Database, fresh_database
from tests.support.footing import Footing
from tests.support.scratch_tables import tables
from tests.support.server import Server
from tests.support.waiting import wait_until

GATE = 4711  # an advisory lock that a migration waits for, and the test holds
WAIT_AT_GATE = {
    "migrations/0002_wait.sql": f"SELECT pg_advisory_xact_lock({GATE});\nCREATE TABLE s1.u ();\n"
}
AT_GATE = "wait_event = 'advisory'"
ROUNDS = int(os.environ.get("FOOTING_TEST_ROUNDS", "50"))
RUNNERS = 4


@pytest.fixture
def gate(project: Project) -> psycopg.Connection:
    """Hold the gate; a migration that calls WAIT_AT_GATE stands still until it is opened."""
    connection = project.db.connect()
    connection.execute("SELECT pg_advisory_lock(%s)", [GATE])
    return connection


def _open(gate: psycopg.Connection) -> None:
    gate.execute("SELECT pg_advisory_unlock(%s)", [GATE])


def _says(process: subprocess.Popen[str], word: str) -> str:
    """Read standard error up to the line with that word."""
    assert process.stderr
    said = ""
    for line in process.stderr:
        said += line
        if word in line:
            return line
    raise AssertionError(f"never said {word!r}:\n{said}")


def test_the_second_runner_waits_naming_the_first_and_then_finds_nothing_to_do(
    project: Project, gate: psycopg.Connection
) -> None:
    project.write(tables(1), WAIT_AT_GATE)
    first = project.popen("migrate")
    holder = project.wait_for_backend(AT_GATE)

    second = project.popen("migrate")
    said = _says(second, "waiting")
    _open(gate)

    assert f"server process {holder} " in said
    assert re.search(r"footing migrate \S+:\d+", said), "its application, host and process"
    assert f":{first.pid}" in said
    assert f"as {DEPLOY}" in said
    assert "applied 2 migrations" in first.communicate(timeout=30)[0]
    assert "up to date" in second.communicate(timeout=30)[0]
    assert project.applied() == ["0001_create_s1", "0002_wait"]


def test_gives_up_after_lock_wait_and_names_the_holder(project: Project, gate: psycopg.Connection) -> None:
    project.write(tables(1), WAIT_AT_GATE)
    project.popen("migrate")
    holder = project.wait_for_backend(AT_GATE)

    gave_up = project.run("migrate", "--lock-wait", "0.3")

    assert gave_up.returncode == 5
    assert f"server process {holder} " in gave_up.stderr
    assert "next:" in gave_up.stderr


@pytest.mark.parametrize("command", ["status", "plan", "verify"])
def test_reading_commands_do_not_wait_for_a_running_migration(
    project: Project, gate: psycopg.Connection, command: str
) -> None:
    project.write(tables(1), WAIT_AT_GATE)
    project.popen("migrate")
    project.wait_for_backend(AT_GATE)

    assert project.run(command, timeout=10).returncode == 0


def test_a_killed_runner_leaves_no_lock_behind(project: Project, gate: psycopg.Connection) -> None:
    project.write(tables(1), WAIT_AT_GATE)
    killed = project.popen("migrate")
    project.wait_for_backend(AT_GATE)

    killed.send_signal(signal.SIGKILL)
    killed.wait()
    _open(gate)
    project.migrate()

    assert project.applied() == ["0001_create_s1", "0002_wait"]


@pytest.mark.parametrize("sent, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_cleanly_with_a_code_of_its_own(
    project: Project, gate: psycopg.Connection, sent: signal.Signals, code: int
) -> None:
    project.write(tables(1), WAIT_AT_GATE)
    stopped = project.popen("migrate")
    project.wait_for_backend(AT_GATE)

    stopped.send_signal(sent)
    _, said = stopped.communicate(timeout=30)

    assert stopped.returncode == code
    assert "Traceback" not in said
    assert "run the same command again" in said
    assert project.applied() == ["0001_create_s1"]
    nobody = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'footing%'"
    wait_until(lambda: project.rows(nobody) == [(0,)], 5, "the session is still there")


def test_a_second_runner_acts_on_a_plan_made_after_the_first_has_finished(
    project: Project, gate: psycopg.Connection
) -> None:
    project.write(tables(1), WAIT_AT_GATE)
    first = project.popen("migrate")
    project.wait_for_backend(AT_GATE)
    second = project.popen("migrate")
    _says(second, "waiting")

    project.write(tables(3))
    third = project.popen("migrate")
    _says(third, "waiting")
    _open(gate)

    for process in (first, second, third):
        assert process.wait(timeout=30) == 0
    assert project.applied() == ["0001_create_s1", "0002_wait", "0003_create_s3"]


@pytest.mark.timeout(600)
def test_four_runners_at_once_on_an_empty_database_are_always_right(
    server: Server, project: Project, footing: Footing
) -> None:
    project.write(tables(1, 2, 3))

    for _ in range(ROUNDS):
        with fresh_database(server) as database:
            runs = [footing.popen("migrate", database=database, sql=project.sql) for _ in range(4)]
            outputs = [run.communicate(timeout=60) for run in runs]

            assert [run.returncode for run in runs] == [0] * RUNNERS, outputs
            winners = [out for out, _ in outputs if "applied 3 migrations" in out]
            assert len(winners) == 1, outputs
            assert sum("up to date" in out for out, _ in outputs) == RUNNERS - 1
            assert _history(database) == ["0001_create_s1", "0002_create_s2", "0003_create_s3"]


def _history(database: Database) -> list[str]:
    log = "SELECT migration_id FROM footing._yoyo_log ORDER BY migration_id"
    return [row[0] for row in database.admin.execute(log)]
