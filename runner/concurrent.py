"""Statements that run outside a transaction: CREATE and DROP INDEX CONCURRENTLY, and VACUUM.

They can't commit together with their record. So a `started` (or `reverting`) row is committed before
one runs; after a crash the next run looks at the catalogue and finishes: a valid index is recorded, an
INVALID one is dropped and built again. An index that nobody noted was not built here, and is an error.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from runner import diagnose
from runner import script as scripts
from runner.backend import literal
from runner.errors import Exit, RunnerError
from runner.rules import Script, concurrent_index
from runner.script import StatementFailed
from runner.settings import query

LOCK_TIMEOUT = "10min"  # it blocks nobody while it waits for older transactions to end
_LOOK_AFTER = 5.0
_NOTED = "SELECT c.state FROM footing.checksums AS c WHERE c.migration_id = %s"


def run_alone(
    connection: psycopg.Connection,
    watch: diagnose.Watch,
    script: Script,
    direction: str,
    say: Callable[[str], None],
) -> None:
    """Run the one statement of a script and record it, resuming what an earlier run left.

    Raises RunnerError when the statement fails; an INVALID index it left is removed where its lock can
    be had at once, and otherwise by the next run.
    """
    index = concurrent_index(script.scan.statements[0])
    state = "started" if direction == "apply" else "reverting"
    before = _noted(connection, script)
    if index and index[0] == "CREATE":
        _clear_the_way(connection, script, index[1], before, say)
    if before != state:
        scripts.send(connection, scripts.note(script, state))
    resumed = before in ("started", "reverting")
    if not (index and resumed and _already_done(connection, index)):
        _run(connection, watch, script, index, undo_note=before is None)
    if index and not _already_done(connection, index):
        raise RunnerError(
            Exit.SQL, "invalid_index", f"{script.name}: {index[1]} is not valid after it was built",
            "run again: it will be dropped and built anew",
        )  # fmt: skip
    scripts.send(connection, f"BEGIN;\n{scripts.closing(script, direction)}")


def plan(script: Script, direction: str) -> list[str]:
    """Return the messages a script without a transaction is sent as, where nothing was left before."""
    state = "started" if direction == "apply" else "reverting"
    return [
        scripts.note(script, state),
        _timeout(script),
        script.text,
        f"BEGIN;\n{scripts.closing(script, direction)}",
    ]


def _clear_the_way(
    connection: psycopg.Connection,
    script: Script,
    name: str,
    before: str | None,
    say: Callable[[str], None],
) -> None:
    valid = _valid(connection, name)
    if valid is None:
        return
    if before is None:
        raise RunnerError(
            Exit.SQL, "foreign_index", f"{script.name}: an index {name} exists, and no run built it",
            f"if it may go: DROP INDEX CONCURRENTLY {name}; and run again",
            index=name,
        )  # fmt: skip
    if not valid:
        say(f"{script.name}: an earlier run left {name} INVALID; dropping it and building it again")
        connection.execute(f"DROP INDEX CONCURRENTLY {name}".encode())


def _run(
    connection: psycopg.Connection,
    watch: diagnose.Watch,
    script: Script,
    index: tuple[str, str] | None,
    *,
    undo_note: bool,
) -> None:
    connection.execute(_timeout(script).encode())
    try:
        with watch.watching(_LOOK_AFTER):
            scripts.send(connection, script.text)
    except StatementFailed as failure:
        if connection.closed or connection.broken:
            raise diagnose.connection_lost(script, failure.error) from None
        if undo_note and _removed(connection, index):
            scripts.send(connection, scripts.unnote(script))
        if isinstance(failure.error, psycopg.errors.LockNotAvailable):
            raise diagnose.lock_given_up(script, 1, watch.blockers) from None
        raise diagnose.sql_error(script, failure) from None


def _removed(connection: psycopg.Connection, index: tuple[str, str] | None) -> bool:
    """Remove the INVALID index of a failed build, without waiting; tell whether nothing is left of it."""
    if index is None or index[0] == "DROP":
        return index is None
    if _valid(connection, index[1]) is False:
        try:
            scripts.send(connection, f"BEGIN; SET LOCAL lock_timeout = '1s'; DROP INDEX {index[1]}; COMMIT")
        except StatementFailed:
            connection.execute("ROLLBACK")
    return _valid(connection, index[1]) is None


def _already_done(connection: psycopg.Connection, index: tuple[str, str]) -> bool:
    valid = _valid(connection, index[1])
    return valid is True if index[0] == "CREATE" else valid is None


def _valid(connection: psycopg.Connection, name: str) -> bool | None:
    """Return whether an index is valid, or None where there is none of that name."""
    row = connection.execute(query("index_state"), (name,)).fetchone()
    return row[0] if row else None


def _noted(connection: psycopg.Connection, script: Script) -> str | None:
    row = connection.execute(_NOTED, (script.file.id,)).fetchone()
    return row[0] if row else None


def _timeout(script: Script) -> str:
    return f"SET lock_timeout = {literal(script.lock_timeout or LOCK_TIMEOUT)};\n"
