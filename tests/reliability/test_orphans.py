"""A killed runner's session may still be at work on the server: the next run waits for it, by name."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.reliability.boundaries import BOUNDARIES
from tests.reliability.outcome import outcome
from tests.reliability.scratch import GATES
from tests.reliability.stage import Stage

APPROACHES = {boundary.name: boundary.approach for boundary in BOUNDARIES}
WAITING = "waiting for another runner to finish: server process {pid} of footing migrate "

# Sleeps, waiting for no lock, as long as the test holds one.
SLEEP = f"SELECT pg_catalog.pg_sleep(600) FROM pg_catalog.pg_locks WHERE classid = {GATES} AND objid = 1;\n"


def _session(stage: Stage) -> int:
    pid: int = stage.ask(f"SELECT pid FROM ({stage.sessions}) AS s")[0][0]
    return pid


def _names(stage: Stage, pid: int, killed: Stage) -> Callable[[], bool]:
    """Tell whether a runner says that it waits for that session of the killed one."""
    words = re.escape(WAITING.format(pid=pid)) + rf"\S+:{killed.runner.pid} "
    return lambda: re.search(words, stage.said) is not None


@contextmanager
def _stalled(pid: int) -> Iterator[None]:
    """Stop a server process for a while, as a stalled disk would."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("boundary", ["in-the-file", "in-concurrent-index", "in-a-rollback"])
def test_a_runner_that_waits_goes_on_when_the_one_before_it_is_killed(
    boundary: str, make_stage: Callable[..., Stage], undisturbed: dict[str, Any]
) -> None:
    first = make_stage("done" if boundary == "in-a-rollback" else "base")
    APPROACHES[boundary](first)
    orphan = _session(first)
    second = make_stage(beside=first)
    second.start("migrate")
    second.wait(lambda: "waiting for another runner to finish" in second.said, "it waits")
    assert f"server process {orphan} of footing " in second.said

    first.runner.kill()
    first.end()

    first.settle()  # while what it waited for is still held: the server ended it, for its client is gone
    first.release()
    assert second.end() == 0, second.said
    assert outcome(first.db) == undisturbed


@pytest.mark.parametrize("boundary", ["in-the-file", "in-concurrent-index", "before-the-index-record"])
def test_a_run_started_beside_an_orphan_waits_for_it_by_name(
    boundary: str, make_stage: Callable[..., Stage], undisturbed: dict[str, Any]
) -> None:
    first = make_stage()
    APPROACHES[boundary](first)
    orphan = _session(first)
    second = make_stage(beside=first)
    with _stalled(orphan):
        first.runner.kill()
        first.end()

        second.start("migrate")

        second.wait(_names(second, orphan, first), "it names the orphan")
    first.settle()
    first.release()
    assert second.end() == 0, second.said
    assert outcome(first.db) == undisturbed


@pytest.mark.parametrize(
    "boundary", ["in-the-file", "at-commit", "in-concurrent-index", "at-the-index-commit"]
)
def test_what_an_orphan_still_completes_is_not_done_again(
    boundary: str, make_stage: Callable[..., Stage], undisturbed: dict[str, Any]
) -> None:
    stage = make_stage()
    APPROACHES[boundary](stage)

    stage.runner.kill()
    stage.release()  # before the server has noticed: the orphan goes on
    again = stage.migrate()

    assert again.returncode == 0, again.stderr
    assert outcome(stage.db) == undisturbed


def test_an_orphan_in_a_long_statement_is_ended_by_the_server(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(files={"migrations/0002_sleep.sql": SLEEP})
    stage.hold(f"SELECT pg_advisory_xact_lock({GATES}, 1)")
    stage.start("migrate")
    stage.until_session("wait_event = 'PgSleep'")

    stage.runner.kill()

    stage.end()
    stage.settle()  # within a second or two, not after ten minutes
    stage.release()
    again = stage.migrate()
    assert again.returncode == 0, again.stderr
    assert "applied 1 migration" in again.stdout
