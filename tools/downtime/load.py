"""Programs that go on while a migration runs: what they ask, how long it took them, what failed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click
import psycopg
from psycopg import errors

from runner.settings import CHECKOUT, Target

_OF_A_CASE = "execution_id, result, execution_time, started_at, completed_at"
# kind → what the documents' programs ask and write, one transaction each. Columns are named.
STATEMENTS = {
    "dashboard": (
        "SELECT te.id, te.execution_id, tc.title AS test_title, te.result, te.execution_time,"
        " te.started_at, u.username FROM test_executions te JOIN test_cases tc ON te.test_id = tc.id"
        " JOIN users u ON te.user_id = u.id WHERE te.project_id = %(project)s"
        " AND te.created_at >= NOW() - INTERVAL '7 days' ORDER BY te.created_at DESC LIMIT 100"
    ),
    "history of a case": (
        f"SELECT {_OF_A_CASE} FROM test_executions WHERE test_id = %(case)s"
        " ORDER BY created_at DESC LIMIT 50"
    ),
    "latest failures": (
        "SELECT execution_id, error_message, browser, screenshots FROM test_executions"
        " WHERE project_id = %(project)s AND result IN ('fail', 'error')"
        " ORDER BY created_at DESC LIMIT 20"
    ),
    "what runs now": (
        "SELECT execution_id, result, started_at FROM test_executions WHERE project_id = %(project)s"
        " AND result IN ('running', 'pending') ORDER BY started_at DESC LIMIT 50"
    ),
    "search for a case": "SELECT id, title, rank FROM search_test_cases('login')",
    "my projects": (
        "SELECT p.id, p.name, p.status, a.access_level FROM projects p"
        " JOIN user_project_access a ON a.project_id = p.id WHERE a.user_id = current_user_id()"
    ),
    "who am I": "SELECT id, user_id, username, full_name FROM users WHERE id = current_user_id()",
    "settings": "SELECT key, value FROM global_settings WHERE category = 'ai'",
    "a run begins": (
        "INSERT INTO test_executions (execution_id, test_id, project_id, user_id, result, started_at,"
        " browser)"
        " VALUES ('LIVE-' || %(name)s, %(case)s, %(project)s, %(user)s, 'running', now(), 'chrome')"
    ),
    "a run ends": (
        "UPDATE test_executions SET result = 'pass', execution_time = 1.5, completed_at = now()"
        " WHERE execution_id = 'LIVE-' || %(last)s AND result = 'running'"
    ),
    "a case is written": (
        "INSERT INTO test_cases (project_id, title, description, test_type, priority, created_by)"
        " VALUES (%(project)s, 'Log out', 'A person logs out', 'unit', 'low', %(user)s)"
        " RETURNING test_id"
    ),
    "a project is described": (
        "UPDATE projects SET description = 'as of ' || %(name)s WHERE id = %(project)s"
    ),
    "an audit entry": (
        "INSERT INTO audit_logs (user_id, username, action, resource, changes)"
        " VALUES (%(user)s, 'somebody', 'export', 'report', '{}')"
    ),
}
OF_THE_WHOLE_SAMPLE = 1_000_000  # executions of `make sample SCALE=1`
_ABSENT = (errors.UndefinedTable, errors.UndefinedFunction)  # not in that release yet
_ROLE = "-c role=authenticated_users -c search_path=webtest,core"

_WHO = """
SELECT a.user_id, a.project_id, c.id
  FROM core.user_project_access AS a
 CROSS JOIN LATERAL (
        SELECT id FROM webtest.test_cases WHERE project_id = a.project_id
         ORDER BY md5(a.user_id || ' ' || id) LIMIT 1) AS c
 WHERE a.access_level = 'manager'
 ORDER BY 1, 2"""


@dataclass(frozen=True)
class Sample:
    """One transaction: its kind, when it began, how long it took, and what failed."""

    kind: str
    began: float  # time.monotonic()
    seconds: float
    error: str | None = None

    @property
    def ended(self) -> float:
        """When its COMMIT was answered."""
        return self.began + self.seconds


def fill(target: Target, executions: int) -> None:
    """Load the sample of every product, with so many executions, into a migrated database."""
    scale = f"{executions / OF_THE_WHOLE_SAMPLE:g}"
    done = subprocess.run(
        [sys.executable, "-m", "tools.sample", "load", "--scale", scale],
        env={**os.environ, "DATABASE_URL": target.conninfo()},
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise click.ClickException(f"the sample could not be loaded: {done.stderr.strip()}")
    with psycopg.connect(target.conninfo(), autocommit=True) as connection:
        connection.execute("ANALYZE")


@contextmanager
def a_report(login: Target) -> Iterator[Callable[[], None]]:
    """Keep a transaction open that has read the big table, until what is yielded is called.

    It ends after a minute in any case: an index that is built CONCURRENTLY waits for it.
    """
    connection = psycopg.connect(login.conninfo(options=_ROLE))
    connection.execute("SELECT count(*) FROM test_executions WHERE project_id = 0")
    over = threading.Timer(60, connection.close)
    over.start()
    try:
        yield connection.close
    finally:
        over.cancel()
        connection.close()


class Program:
    """One connection with prepared statements, for somebody else in each transaction."""

    def __init__(self, target: Target, number: int, who: list[tuple[int, int, int]], pause: float) -> None:
        """Connect as an application does, and prepare what that release has."""
        self.number, self.who, self.pause = number, who, pause
        self.samples: list[Sample] = []
        self._random = random.Random(number)  # noqa: S311 (the same load each time)
        self._count = 0
        self._last, self._beginner = "", 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._connection = psycopg.connect(target.conninfo(options=_ROLE), prepare_threshold=0)
        self.known = {kind: text for kind, text in STATEMENTS.items() if self._is_there(text)}

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the transaction and close."""
        self._stopping.set()
        self._thread.join(60)
        self._connection.close()

    def _run(self) -> None:
        kinds = list(self.known)
        at = self.number * len(kinds) // 8  # not all of them at the same statement
        while not self._connection.broken:
            kind = kinds[at % len(kinds)]
            self.samples.append(self._timed(kind))
            at += 1
            if self._stopping.wait(self.pause):
                return

    def _timed(self, kind: str) -> Sample:
        began = time.monotonic()
        failed = None
        try:
            self._execute(self.known[kind])
        except psycopg.Error as error:
            failed = error.diag.message_primary or str(error)
        seconds = time.monotonic() - began
        if failed and not self._connection.broken:
            self._connection.rollback()
        return Sample(kind, began, seconds, failed)

    def _execute(self, statement: str) -> None:
        user, project, case = self._random.choice(self.who)
        self._count += 1
        name = f"{self.number}-{self._count}"
        values: dict[str, Any] = {
            "user": user, "project": project, "case": case, "name": name, "last": self._last
        }  # fmt: skip
        if statement is STATEMENTS["a run begins"]:
            self._last, self._beginner = name, user
        elif statement is STATEMENTS["a run ends"]:
            user = self._beginner or user  # who began it may end it
        self._connection.execute("SELECT set_config('app.user_id', %s::text, true)", [user])
        self._connection.execute(statement.encode(), values)
        self._connection.commit()

    def _is_there(self, statement: str) -> bool:
        try:
            self._execute(statement)
        except _ABSENT:
            self._connection.rollback()
            return False
        return True


class Load:
    """Several programs at once."""

    def __init__(self, target: Target, login: Target, connections: int, pause: float) -> None:
        """Connect them all by `login`; `target` is the superuser's way to the same database."""
        with psycopg.connect(target.conninfo()) as connection:
            who = connection.execute(_WHO).fetchall()
        self.programs = [Program(login, number, who, pause) for number in range(connections)]

    def start(self) -> None:
        """Begin."""
        for program in self.programs:
            program.start()

    def go_on(self, seconds: float) -> None:
        """Return after so long, and when every kind has run since; give up after a minute more."""
        since = time.monotonic()
        tick = threading.Event()
        while time.monotonic() - since < seconds or not self._each_ran(since):
            tick.wait(0.02)
            if time.monotonic() - since > seconds + 60:
                raise click.ClickException("the programs stand still")

    def stop(self) -> list[Sample]:
        """Stop them; return every transaction, in the order of their beginnings."""
        for program in self.programs:
            program.stop()
        found = (sample for program in self.programs for sample in program.samples)
        return sorted(found, key=lambda sample: sample.began)

    def kinds(self) -> list[str]:
        """Return what the programs ask."""
        return list(self.programs[0].known)

    def _each_ran(self, since: float) -> bool:
        ran = {s.kind for p in self.programs for s in reversed(p.samples) if s.began > since}
        return ran >= set(self.kinds())
