"""What befalls a run."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass

from runner.errors import Exit
from tests.reliability.stage import Stage


@dataclass(frozen=True)
class Fault:
    """A blow: its name in a test's id, its words in the report, and how the runner must end."""

    name: str
    words: str
    strike: Callable[[Stage], None]
    exit_code: int
    sentence: str = "run the same command again"  # on standard error; a killed process says nothing


def _signal(number: signal.Signals) -> Callable[[Stage], None]:
    return lambda stage: stage.runner.send_signal(number)


def _terminate_session(stage: Stage) -> None:
    struck = stage.ask(f"SELECT pg_terminate_backend(pid) FROM ({stage.sessions}) AS s")
    assert struck == [(True,)]


def _crash_server(stage: Stage) -> None:
    stage.db.server.restart("immediate")


FAULTS = (
    Fault("sigkill", "SIGKILL", _signal(signal.SIGKILL), -signal.SIGKILL, ""),
    Fault("sigterm", "SIGTERM", _signal(signal.SIGTERM), Exit.TERMINATED),
    Fault("sigint", "SIGINT", _signal(signal.SIGINT), Exit.INTERRUPTED),
    Fault("terminate", "pg_terminate_backend", _terminate_session, Exit.CONNECTION),
    Fault("restart", "server crash and restart", _crash_server, Exit.CONNECTION),
)
