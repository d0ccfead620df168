"""One run of the runner on one database, with what the test holds in its way."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.reliability.scratch import GATES, Place, gate
from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.waiting import wait_until

PATIENCE = 30.0  # for what takes milliseconds; only a defect waits so long
LOGIN = "test_deploy"


class UnreadOutput:
    """A pipe for the runner's output that the test can fill: the runner then stops at its next line."""

    def __init__(self, folder: Path) -> None:
        path = folder / "output"
        os.mkfifo(path)
        self._reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._filler = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        self.runners_end = os.open(path, os.O_WRONLY)

    def fill(self) -> None:
        """Write until not one more byte fits."""
        for size in (4096, 1):
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(self._filler, b"." * size)

    def drain(self) -> None:
        """Make room for whatever the runner still says."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reader, 65536):
                pass

    def close(self) -> None:
        """Close our ends."""
        for end in (self._reader, self._filler, self.runners_end):
            os.close(end)


@dataclass
class Stage:
    """A database, the runner that is about to be struck, and the sessions that hold it where it is."""

    db: Database
    sql: Path
    footing: Footing
    folder: Path
    login: str = LOGIN
    output: UnreadOutput | None = None
    _runner: subprocess.Popen[str] | None = None
    _held: list[psycopg.Connection] = field(default_factory=list)
    _observer: psycopg.Connection | None = None

    def start(self, *args: str, env: Mapping[str, str] | None = None) -> None:
        """Start the runner; its output goes to files, so that it can be read as it grows."""
        with (self.folder / "stdout").open("w") as out, (self.folder / "stderr").open("w") as said:
            self._runner = self.footing.popen(
                *args,
                database=self.db.url(self.login),
                sql=self.sql,
                env=env,
                stdout=self.output.runners_end if self.output else out,
                stderr=said,
            )

    @property
    def runner(self) -> subprocess.Popen[str]:
        """The runner's process."""
        assert self._runner, "not started"
        return self._runner

    @property
    def said(self) -> str:
        """What the runner has said on standard error so far."""
        return (self.folder / "stderr").read_text()

    @property
    def printed(self) -> str:
        """What the runner has printed on standard output so far."""
        return (self.folder / "stdout").read_text()

    def migrate(self) -> subprocess.CompletedProcess[str]:
        """Run plain `footing migrate` to its end."""
        return self.footing("migrate", database=self.db.url(self.login), sql=self.sql)

    def hold(self, statement: str) -> psycopg.Connection:
        """Run a statement in a session that stays open, and in its transaction, until it is released."""
        held = psycopg.connect(self.db.url(), application_name="the test")
        self._held.append(held)
        held.execute(statement.encode())
        return held

    def shut(self, number: int, place: Place) -> psycopg.Connection:
        """Shut a gate of scratch.py."""
        return self.hold(f"SELECT pg_advisory_xact_lock({GATES}, {gate(number, place)})")

    def release(self) -> None:
        """Give up everything that is held."""
        for held in self._held:
            held.close()
        if self.output:
            self.output.drain()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Read as the superuser, also after the server was restarted."""
        if self._observer is not None:
            with contextlib.suppress(psycopg.OperationalError):
                return self._observer.execute(query.encode()).fetchall()
        self._observer = self.db.connect()
        return self._observer.execute(query.encode()).fetchall()

    def until(self, query: str) -> None:
        """Wait until a query finds something."""
        self.wait(lambda: bool(self.ask(query)), query)

    def wait(self, condition: Callable[[], bool], words: str) -> None:
        """Wait until a condition holds, while the runner is alive."""

        def holds() -> bool:
            ended = self.runner.poll()
            assert ended is None, f"the runner ended with {ended} before {words}\n{self.said}"
            return condition()

        wait_until(holds, PATIENCE, lambda: f"never: {words}\n{self.said}")

    def until_at(self, number: int, place: Place) -> None:
        """Wait until the runner stands before a gate that is shut."""
        self.until(
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
            f"AND classid = {GATES} AND objid = {gate(number, place)} AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )

    def until_session(self, condition: str) -> None:
        """Wait until the runner's session is in a state."""
        self.until(f"SELECT FROM ({self.sessions}) AS s WHERE {condition}")

    @property
    def sessions(self) -> str:
        """The query for the sessions of the runner that was started."""
        return (
            "SELECT a.* FROM pg_stat_activity AS a WHERE a.datname = current_database() "
            f"AND a.application_name LIKE 'footing %:{self.runner.pid}'"
        )

    def end(self) -> int:
        """Wait for the runner to end, and return its exit code."""
        if self.output:
            self.output.drain()
        return self.runner.wait(PATIENCE)

    def settle(self) -> None:
        """Wait until nothing is left of the runner's session on the server."""
        wait_until(
            lambda: not self.ask(self.sessions), PATIENCE, lambda: f"still there: {self.ask(self.sessions)}"
        )

    def close(self) -> None:
        """Leave nothing behind, however the test went."""
        self.release()
        if self._runner:
            self._runner.kill()
            self._runner.wait(PATIENCE)
        if self.output:
            self.output.close()
