"""Words for errors that no command expected: the server's own, and defects of the runner."""

from __future__ import annotations

import psycopg

from runner.errors import SQLSTATES, Exit, RunnerError
from runner.script import StatementFailed
from runner.settings import redact


def translated(error: Exception) -> RunnerError:
    """Return an error as a RunnerError with a next step."""
    if isinstance(error, StatementFailed):  # of a record: what a script does is explained where it runs
        error = error.error
    text = redact(str(error)).strip()
    if isinstance(error, psycopg.Error):
        state = error.sqlstate
        if state == "57P01" or (state is None and isinstance(error, psycopg.OperationalError)):
            return RunnerError.lost(text)
        exit_code, code, hint = SQLSTATES.get(state or "", (Exit.SQL, "sql", ""))
        return RunnerError(exit_code, code, text, hint, sqlstate=state)
    if isinstance(error, OSError):
        return RunnerError(Exit.INTERNAL, "system", text, "check the path and its permissions")
    hint = "this is a defect of the runner; FOOTING_DEBUG=1 shows where"
    return RunnerError(Exit.INTERNAL, "defect", f"{type(error).__name__}: {text}", hint)
