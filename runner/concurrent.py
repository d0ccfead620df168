"""Statements that run outside a transaction: CREATE and DROP INDEX CONCURRENTLY, and VACUUM.

They can't commit together with their record. So a `started` (or `reverting`) row is committed before
one runs; after a crash the next run looks at the catalogue and finishes: a valid index is recorded, an
INVALID one is dropped and built again. An index that nobody noted was not built here, and is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from runner import diagnose
from runner import script as scripts
from runner.backend import literal
from runner.connection import value
from runner.errors import Exit, RunnerError
from runner.rules import Script, concurrent_index
from runner.script import StatementFailed
from runner.settings import query, redact

LOCK_TIMEOUT = "10min"  # it blocks nobody while it waits for older transactions to end
_LOOK_AFTER = 5.0
_NOTED = b"SELECT c.state FROM footing.checksums AS c WHERE c.migration_id = %s"


def messages(script: Script) -> tuple[str, str, str, str]:
    """Return what a script without a transaction is sent as: its note, its timeout, itself, its record."""
    return (
        scripts.note(script, scripts.begun(script)),
        f"SET lock_timeout = {literal(script.lock_timeout or LOCK_TIMEOUT)};\n",
        script.text,
        f"BEGIN;\n{scripts.closing(script)}",
    )


@dataclass
class Alone:
    """A script without a transaction: the connection it runs on, who watches it, and who hears of it."""

    connection: psycopg.Connection
    watch: diagnose.Watch
    script: Script
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self.verb, self.index = concurrent_index(self.script.scan.statements[0]) or ("VACUUM", "")

    def run(self) -> None:
        """Run the one statement and record it, resuming what an earlier run left.

        Raises RunnerError when the statement fails; an INVALID index it left is removed where its lock
        can be had at once, and otherwise by the next run.
        """
        note, timeout, _, record = messages(self.script)
        before = value(self.connection, _NOTED, self.script.file.id)
        if self.verb == "CREATE":
            self._clear_the_way(before)
        if before != scripts.begun(self.script):
            scripts.send(self.connection, note)
        if before not in ("started", "reverting") or not self._done():
            self.connection.execute(timeout.encode())
            self._send(undo_note=before is None)
        if self.index and not self._done():
            text = f"{self.script.name}: {self.index} is not valid after it was built"
            hint = "run again: it will be dropped and built anew"
            raise RunnerError(Exit.SQL, "invalid_index", text, hint)
        scripts.send(self.connection, record)

    def _clear_the_way(self, before: str | None) -> None:
        """Drop the INVALID index of an earlier run. Raises RunnerError for one that no run built."""
        valid = self._valid()
        if valid is not None and before is None:
            text = f"{self.script.name}: an index {self.index} exists, and no run built it"
            hint = f"if it may go: DROP INDEX CONCURRENTLY {self.index}; and run again"
            raise RunnerError(Exit.SQL, "foreign_index", text, hint, index=self.index)
        if valid is False:
            left = f"an earlier run left {self.index} INVALID; dropping it and building it again"
            self.say(f"{self.script.name}: {left}")
            self.connection.execute(f"DROP INDEX CONCURRENTLY {self.index}".encode())

    def _send(self, *, undo_note: bool) -> None:
        try:
            with self.watch.watching(_LOOK_AFTER):
                scripts.send(self.connection, self.script.text)
        except StatementFailed as failure:
            if self.connection.closed:
                raise RunnerError.lost(redact(str(failure)), f"{self.script.name}: ") from None
            if undo_note and self._nothing_left():
                scripts.send(self.connection, scripts.unnote(self.script))
            if isinstance(failure.error, psycopg.errors.LockNotAvailable):
                raise diagnose.lock_given_up(self.script, 1, self.watch.blockers) from None
            raise diagnose.sql_error(self.script, failure) from None

    def _nothing_left(self) -> bool:
        """Remove the INVALID index of a failed build, without waiting; tell whether nothing is left."""
        if self.verb == "CREATE" and self._valid() is False:
            with suppress(psycopg.Error), self.connection.transaction():
                self.connection.execute("SET LOCAL lock_timeout = '1s'")
                self.connection.execute(f"DROP INDEX {self.index}".encode())
        return self.verb == "VACUUM" or (self.verb == "CREATE" and self._valid() is None)

    def _done(self) -> bool:
        """Tell whether the catalogue shows what the statement does; of VACUUM it shows nothing."""
        return bool(self.index) and self._valid() is (True if self.verb == "CREATE" else None)

    def _valid(self) -> bool | None:
        """Return whether the index is valid, or None where there is none of that name."""
        valid: bool | None = value(self.connection, query("index_state"), self.index)
        return valid
