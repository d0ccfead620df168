"""Applying what is pending and undoing what was applied: the order of things, inside the lock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from runner import records
from runner.connection import value
from runner.errors import RunnerError
from runner.files import MigrationFile
from runner.output import Output, elapsed
from runner.session import Session

if TYPE_CHECKING:
    from runner.execute import Executor
    from runner.rules import Script

_CAN_TOP_UP = b"SELECT pg_catalog.to_regprocedure('ops.create_partitions_ahead(integer)')"
_TOP_UP = "SELECT made FROM ops.create_partitions_ahead() AS made"


def select(files: list[MigrationFile], up_to: int | None) -> list[MigrationFile]:
    """Return the files numbered up to and including `up_to` (all where it is None)."""
    return [file for file in files if up_to is None or file.number <= up_to]


def require_number(files: list[MigrationFile], number: int | None) -> None:
    """Raise RunnerError for a --to that no file has; 0 means before the first."""
    if number and number not in {file.number for file in files}:
        raise RunnerError.usage(
            f"--to {number:04}: there is no migration with this number", "footing status lists them"
        )


def migrate(session: Session, pending: list[MigrationFile], output: Output) -> list[dict[str, Any]]:
    """Apply the pending files, each with its record, one line each; return what was done.

    Every file and its rollback are read and checked before the first one runs.
    """
    if not pending:
        return []
    from runner import rules  # a no-op never pays for it

    scripts = rules.pairs(pending)
    executor = _executor(session, output)
    if not session.server.recorded:
        records.create(session.connection)
    for record in session.records:
        if record.state == "reverting":
            output.warn(f"finishing the rollback of {record.id}, which was cut short")
            executor.run(rules.down(session.file(record.id)))
    return list(_each(executor, scripts, output))


def revert(session: Session, scripts: list[Script], output: Output) -> list[dict[str, Any]]:
    """Run the given rollback scripts, in the given order, one line each; return what was done."""
    executor = _executor(session, output)
    return list(_each(executor, scripts, output))


def mark(session: Session, files: list[MigrationFile], times: dict[str, str]) -> None:
    """Record files as applied without running them, at the times given (UTC) or else now."""
    from runner import rules  # imports that a no-op never pays for
    from runner import script as scripts

    marks = (scripts.mark(rules.up(file), times.get(file.id, "")) for file in files)
    scripts.send(session.connection, "".join(marks))


def top_up(session: Session, output: Output) -> list[str]:
    """Create the months of the partitioned logs that are missing ahead; return their names."""
    if value(session.connection, _CAN_TOP_UP) is None:
        return []
    with session.connection.transaction():
        session.connection.execute("SET LOCAL lock_timeout = '5s'")
        made = [str(name) for (name,) in session.connection.execute(_TOP_UP)]
    if made:
        output.line(f"  partitions made ahead: {', '.join(made)}")
    return made


def last_applied(session: Session) -> list[MigrationFile]:
    """Return the applied files, the last applied first; ones that were cut short come before all."""
    cut_short = [record for record in session.records if record.state != "applied"]
    applied = [record for record in session.records if record.state == "applied"]
    return [session.file(record.id) for record in [*cut_short, *reversed(applied)]]


def _each(executor: Executor, scripts: list[Script], output: Output) -> Iterator[dict[str, Any]]:
    width = max((len(script.file.id) for script in scripts), default=0)
    for script in scripts:
        mark = "↑" if script.direction == "apply" else "↓"
        output.part(f"  {mark} {script.file.id:{width}}  ")
        try:
            seconds = executor.run(script)
        except BaseException:
            output.line("failed", fg="red")
            raise
        output.line(elapsed(seconds), fg="green")
        yield {"id": script.file.id, "milliseconds": round(seconds * 1000, 1)}


def _executor(session: Session, output: Output) -> Executor:
    from runner.execute import Executor  # imports yoyo: a no-op never pays for it

    return Executor(
        session.connection,
        session.target,
        lambda text: output.warn(f"  {text}"),
        session.options.lock_timeout,
        session.options.lock_tries,
    )
