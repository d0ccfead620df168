"""Words for errors that no command expected: the server's own, and defects of the runner."""

from __future__ import annotations

import psycopg

from runner.errors import Exit, RunnerError
from runner.script import StatementFailed
from runner.settings import redact

# SQLSTATE → (exit code, code, next step)
_KNOWN = {
    "42501": (Exit.CONNECTION, "privilege", "connect as a login that is a member of footing_owner"),
    "53100": (Exit.SQL, "disk_full", "free disk space on the server, then run the same command again"),
    "53200": (Exit.SQL, "out_of_memory", "the server is short of memory; run again when it is not"),
    "53300": (Exit.CONNECTION, "too_many", "free a connection slot, then run again"),
    "25006": (Exit.UNSAFE, "read_only", "connect to a primary that accepts writes"),
    "57P01": (Exit.CONNECTION, "connection_lost", "run the same command again"),
}


def translated(error: Exception) -> RunnerError:
    """Return an error as a RunnerError with a next step."""
    if isinstance(error, StatementFailed):  # of a record: what a script does is explained where it runs
        error = error.error
    text = redact(str(error)).strip()
    if isinstance(error, psycopg.Error):
        if error.sqlstate in _KNOWN:
            exit_code, code, hint = _KNOWN[error.sqlstate]
            return RunnerError(exit_code, code, text, hint, sqlstate=error.sqlstate)
        if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
            return RunnerError.connection(
                "connection_lost",
                f"the connection to the server was lost: {text}",
                "run the same command again: what was committed is recorded, the rest is undone",
            )
        return RunnerError(Exit.SQL, "sql", text, sqlstate=error.sqlstate)
    if isinstance(error, OSError):
        return RunnerError(Exit.INTERNAL, "system", text, "check the path and its permissions")
    return RunnerError(
        Exit.INTERNAL,
        "defect",
        f"{type(error).__name__}: {text}",
        "this is a defect of the runner; FOOTING_DEBUG=1 shows where",
    )
