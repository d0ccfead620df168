"""Turns what the server said into something to act on: where in the file, and who was in the way."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.rows import dict_row

from runner.errors import SQLSTATES, Exit, RunnerError
from runner.lexer import line_and_column
from runner.rules import Script
from runner.script import StatementFailed
from runner.settings import Target, query, redact


class Watch(threading.Thread):
    """Looks, from a connection of its own, at who blocks a migration that is taking long.

    One thread for a whole run: `watching` says what began when, without waking it. It connects only when
    a statement has lasted `patience` seconds, and only reads. `blockers` is what it saw last.
    """

    def __init__(self, target: Target, pid: int):
        super().__init__(name="footing-watch", daemon=True)
        self.blockers: list[dict[str, Any]] = []
        self._target, self._pid = target, pid
        self._deadline: float | None = None

    @contextlib.contextmanager
    def watching(self, patience: float) -> Iterator[None]:
        """Note that a statement begins which should not wait longer than `patience` seconds."""
        if not self.is_alive():
            self.start()
        self.blockers = []
        self._deadline = time.monotonic() + patience
        try:
            yield
        finally:
            self._deadline = None

    def run(self) -> None:
        """Look twice a second at a statement that is late."""
        while True:
            time.sleep(0.25)
            with contextlib.suppress(psycopg.Error):
                if self._late():
                    self._look()

    def _late(self) -> bool:
        deadline = self._deadline
        return deadline is not None and time.monotonic() > deadline

    def _look(self) -> None:
        conninfo = self._target.conninfo(application_name="footing watch", connect_timeout="2")
        with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
            asking = connection.cursor(row_factory=dict_row)
            while self._late():
                seen = asking.execute(query("blockers"), (self._pid,)).fetchall()
                self.blockers = seen or self.blockers
                time.sleep(0.5)


def described(blocker: dict[str, Any]) -> str:
    """Return one blocker as a line for a person."""
    return redact(
        f"pid {blocker['pid']}, {blocker['application'] or 'no application name'} "
        f"({blocker['user']}), {blocker['state']}, transaction open for "
        f"{blocker['transaction_age']}: {blocker['query']}"
    )


def lock_given_up(script: Script, tries: int, blockers: list[dict[str, Any]]) -> RunnerError:
    """Say which sessions kept a migration from its lock, after the last try."""
    lines = [f"blocked by {described(blocker)}" for blocker in blockers]
    unseen = "whoever held them was not seen (it had gone, or this login may not look)"
    return RunnerError.locked(
        "lock_timeout",
        f"{script.name}: could not get its locks in {tries} {'try' if tries == 1 else 'tries'}; "
        "nothing of it was kept" + "".join(f"\n    {line}" for line in lines or [unseen]),
        "run again when that transaction has ended, or end it: SELECT pg_terminate_backend(pid);",
        file=script.name,
        tries=tries,
        blockers=blockers,
    )


def sql_error(script: Script, failure: StatementFailed) -> RunnerError:
    """Point at the line and column of the file that the server refused."""
    error, diag = failure.error, failure.error.diag
    message = redact(diag.message_primary or str(error).strip())
    facts: dict[str, Any] = {"file": script.name, "sqlstate": error.sqlstate, "server_message": message}
    where, more = script.name, []
    offset = _offset(script, failure)
    if offset is not None:
        facts["line"], facts["column"] = line, column = line_and_column(script.text, offset)
        where = f"{script.name}:{line}:{column}"
        more.append(_excerpt(script.text, line, column))
    said = {"detail": diag.message_detail, "hint": diag.message_hint, "context": diag.context}
    for label, text in said.items():
        if text:
            facts[f"server_{label}"] = redact(text)
            more.append(f"    {label.upper()}: {redact(text)}")
    lines = [f"{where}: {message} (SQLSTATE {error.sqlstate or 'unknown'})", *more]
    exit_code, _, step = SQLSTATES.get(error.sqlstate or "", (None, "", ""))
    if exit_code is not Exit.SQL:  # then it is the file that must be mended
        step = "mend the file"
    kept = "nothing of it was kept" if script.transactional else "see the next run for what it left"
    return RunnerError(Exit.SQL, "sql", "\n".join(lines), f"{step}; {kept}", **facts)


def _offset(script: Script, failure: StatementFailed) -> int | None:
    """Find the character that failed: the server's position, or else the start of the statement."""
    statements = script.scan.statements
    if failure.position is not None and failure.done < len(statements):
        return min(failure.position, len(script.text) - 1)
    return statements[failure.done].start if 0 <= failure.done < len(statements) else None


def _excerpt(text: str, line: int, column: int) -> str:
    source = text.splitlines()[line - 1].replace("\t", " ")
    shown = redact(source)
    caret = "" if shown != source else f"\n    {' ' * len(str(line))} | {' ' * (column - 1)}^"
    return f"    {line} | {shown}{caret}"
