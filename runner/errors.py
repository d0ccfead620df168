"""What can go wrong: each failure is a `RunnerError` with a sentence, a next step and an exit code."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runner.records import Problem


class Exit(IntEnum):
    """The documented exit codes (docs/commands.md lists the same)."""

    OK = 0  # done, or nothing to do
    INTERNAL = 1  # a defect in the runner, or a prompt answered with no
    USAGE = 2  # the command line or a setting is wrong
    PENDING = 3  # `status --exit-code` or `plan --exit-code`: migrations are pending
    DRIFT = 4  # files and records disagree: changed, missing, renamed, out of order
    LOCKED = 5  # another runner, or a lock the migration could not get
    SQL = 6  # the server refused a statement
    UNSAFE = 7  # a connection that must not be migrated through: pooler, standby, read-only
    CONNECTION = 8  # no connection, no such database, missing privilege or role
    REFUSED = 9  # a file breaks the rules of docs/conventions.md
    INTERRUPTED = 130  # SIGINT
    TERMINATED = 143  # SIGTERM


# What kind of failure a SQLSTATE is, wherever it happens: exit code, code, next step.
SQLSTATES = {
    "25006": (Exit.UNSAFE, "read_only", "connect to a primary that accepts writes"),
    "42501": (Exit.CONNECTION, "privilege", "connect as a login that is a member of footing_owner"),
    "53100": (Exit.SQL, "disk_full", "free disk space on the server, then run the same command again"),
    "53200": (Exit.SQL, "out_of_memory", "run again when the server has memory to spare"),
    "53300": (Exit.CONNECTION, "too_many", "free a connection slot, then run again"),
}


class RunnerError(Exception):
    """A failure the user can act on.

    Arguments: `code` is a stable word for machines, `message` says what failed, `hint` the next step,
    and `facts` whatever a machine may want to read (shown by `--json`).
    """

    def __init__(self, exit_code: Exit, code: str, message: str, hint: str = "", **facts: Any):
        super().__init__(message)
        self.exit_code = exit_code
        self.code = code
        self.message = message
        self.hint = hint
        self.facts = facts

    @classmethod
    def usage(cls, message: str, hint: str = "") -> RunnerError:
        """Say that the command line or a setting is wrong."""
        return cls(Exit.USAGE, "usage", message, hint)

    @classmethod
    def refused(cls, where: str, message: str, hint: str = "") -> RunnerError:
        """Refuse a file that breaks docs/conventions.md; `where` is file:line or file."""
        return cls(Exit.REFUSED, "refused_file", f"{where}: {message}", hint, where=where)

    @classmethod
    def declined(cls) -> RunnerError:
        """Say that a question was not answered with yes."""
        return cls(Exit.INTERNAL, "declined", "declined: nothing was done")

    @classmethod
    def drift(cls, problems: list[Problem]) -> RunnerError:
        """Stop because files and records disagree."""
        lines = [f"{problem.message}\n    → {problem.hint}" for problem in problems]
        text = "\n  ".join(["the files do not match what this database records:", *lines])
        return cls(Exit.DRIFT, "drift", text, problems=[problem._asdict() for problem in problems])

    @classmethod
    def unsafe(cls, code: str, message: str, hint: str) -> RunnerError:
        """Refuse a connection that reaches a server, but not one to migrate through."""
        return cls(Exit.UNSAFE, code, message, hint)

    @classmethod
    def connection(cls, code: str, message: str, hint: str) -> RunnerError:
        """Say why there is no usable connection."""
        return cls(Exit.CONNECTION, code, message, hint)

    @classmethod
    def lost(cls, told: str, where: str = "") -> RunnerError:
        """Say that the server went away in the middle, and that running again is safe."""
        first = f": {told.splitlines()[0]}" if told else ""
        hint = "run the same command again: what was committed is recorded, the rest is undone"
        return cls.connection("connection_lost", f"{where}the server closed the connection{first}", hint)

    @classmethod
    def locked(cls, code: str, message: str, hint: str, **facts: Any) -> RunnerError:
        """Say who holds what the run needs."""
        return cls(Exit.LOCKED, code, message, hint, **facts)


class Interrupted(KeyboardInterrupt):
    """SIGINT. Not a plain KeyboardInterrupt: after one met in exec(), Python ends without our exit code."""


class Terminated(KeyboardInterrupt):
    """SIGTERM, raised where Ctrl-C would be, so that psycopg cancels the running statement."""
