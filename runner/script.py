"""The messages a migration is sent as, and sending them: what `plan --sql` prints is built here too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import generators
from psycopg.pq import ExecStatus

from runner.backend import Backend, literal
from runner.connection import OWNER
from runner.rules import Script

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

LOCK_TIMEOUT = "5s"
_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE)


class StatementFailed(Exception):
    """The server refused a statement: its error, how many were done before it, and where it stands.

    `position` is the offset of the offending character, where the server told.
    """

    def __init__(self, error: psycopg.Error, done: int, offset: int = 0):
        super().__init__(str(error))
        self.error = error
        self.done = done
        told = error.diag.statement_position
        self.position = int(told) - 1 - offset if told else None


def opening(script: Script, lock_timeout: str = LOCK_TIMEOUT) -> str:
    """Return the message that opens the transaction of a script."""
    return f"BEGIN;\nSET LOCAL lock_timeout = {literal(script.lock_timeout or lock_timeout)};\n"


def closing(script: Script) -> str:
    """Return the message that records a script and commits it: yoyo's rows and ours, or nothing."""
    if script.direction == "apply":
        recorded = Backend().applied(script.file.id) + note(script, "applied")
    else:
        recorded = Backend().reverted(script.file.id) + unnote(script)
    return f"SET LOCAL ROLE {OWNER};\n{recorded}COMMIT;\n"


def mark(script: Script, applied_at_utc: str) -> str:
    """Return the statements that adopt a script: it is in the database, and was not run by us."""
    known = f"DELETE FROM footing._yoyo_migration WHERE migration_id = {literal(script.file.id)};\n"
    return known + Backend().marked(script.file.id, applied_at_utc) + note(script, "applied")


def begun(script: Script) -> str:
    """Return the state that is noted before a script without a transaction runs."""
    return "started" if script.direction == "apply" else "reverting"


def note(script: Script, state: str) -> str:
    """Return the statement that notes the state of a script: begun, or applied."""
    return (
        "INSERT INTO footing.checksums (migration_id, checksum, state)\n"
        f"VALUES ({literal(script.file.id)}, {literal(script.file.checksum)}, {literal(state)})\n"
        "ON CONFLICT (migration_id) DO UPDATE SET state = EXCLUDED.state, noted_at = pg_catalog.now();\n"
    )


def unnote(script: Script) -> str:
    """Return the statement that forgets a script: it was undone, or begun and left nothing behind."""
    return f"DELETE FROM footing.checksums WHERE migration_id = {literal(script.file.id)};\n"


def send(connection: psycopg.Connection, text: str, opening: str = "", closing: str = "") -> None:
    """Send a text of any number of statements as one message, between statements of our own.

    Raises StatementFailed for the first statement that fails, with its place in `text`, and for a lost
    connection; KeyboardInterrupt after the running statement was cancelled.
    """
    try:
        connection.pgconn.send_query(f"{opening}{text}\n;\n{closing}".encode())
        results: list[PGresult] = connection.wait(generators.execute(connection.pgconn))
    except psycopg.Error as error:
        raise StatementFailed(error, 0) from None
    for done, result in enumerate(results):
        if result.status in _FAILED:
            refused = psycopg.errors.error_from_result(result)
            raise StatementFailed(refused, done - opening.count(";"), len(opening))
