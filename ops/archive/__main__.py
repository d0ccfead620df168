"""make archive, archive/list, archive/restore: months of logs leave for a store, and come back.

    python -m ops.archive make --to s3://archives/footing
    python -m ops.archive make --table core.audit_logs --month 2024-02
    python -m ops.archive list
    python -m ops.archive restore --table core.audit_logs --month 2024-02

The database is the one the runner would use, not through a pooler; the login a member of footing_owner.
docs/archive.md says what is stored, and how `footing maintain` waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click
import psycopg

from ops.archive.archiving import archive
from ops.archive.file import NAMES, names_of
from ops.archive.months import due
from ops.archive.restoring import restore as bring_back
from ops.backup.commands import Quiet, opened, run, speaks
from ops.backup.measured import readable
from ops.backup.places import Place, manifest
from runner import session as sessions
from runner.errors import Exit, RunnerError
from runner.output import Output, count, elapsed
from runner.session import Options

PLACE = "FOOTING_ARCHIVE"
_KEY = int.from_bytes(b"archive", "big")
_TO = click.option("--to", metavar="PLACE", help=f"A folder, or s3://bucket/prefix (default: {PLACE}).")


_MONTH = click.DateTime(["%Y-%m"])


@click.group()
def cli() -> None:
    """Store months of partitioned logs, list what is stored, and bring a month back.

    \b
    Exit codes: 0 done, 2 usage, 4 what is stored is damaged, 5 another is at it or a lock was not had,
    6 the server or the place refused, 7 a pooler, 8 no database or no store, 130 and 143 interrupted.
    """


@cli.command()
@speaks
@_TO
@click.option("--table", metavar="SCHEMA.TABLE", help="This log's expired months, whatever its policy.")
@click.option("--month", type=_MONTH, help="This month of --table, expired or not.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something fails.")
def make(output: Output, to: str | None, table: str | None, month: datetime | None, quiet: bool) -> None:
    """Store the expired months of the logs whose policy says archive_first, or those named.

    Each is read back into a table and compared before ops.archives has it. Nothing is dropped: `footing
    maintain` does that, where it is due. A month that is stored with the rows it has is left alone.
    """
    if month and not table:
        raise RunnerError.usage("--month needs --table", "name the log: --table core.audit_logs")
    output = Quiet("make", as_json=False) if quiet and not output.as_json else output
    stored = []
    with _alone(output) as connection:
        place = opened(to, PLACE, names_of(connection.info.dbname))
        for left in place.unfinished():
            place.remove(left)
            output.line(f"  {left} was never finished: taken away")
        months = due(connection, table, month.date() if month else None)
        if not months:
            output.line("no expired month is to be archived: see archive_first in ops.retention_policies")
        for each in months:
            began = time.monotonic()
            name, said, is_new = archive(connection, place, each)
            size = f"{said['rows']:,} rows, {readable(said['file']['bytes'])}"
            output.line(
                f"  {each}: {size}, read back and compared ({elapsed(time.monotonic() - began)})"
                if is_new
                else f"  {each}: stored already, with the rows it has"
            )
            stored.append({"name": name, "new": is_new, **said})
    output.line(f"{place.where}: {count(sum(one['new'] for one in stored), 'month')} stored")
    output.finish(place=place.where, archives=stored)


@cli.command(name="list")
@speaks
@_TO
def list_(output: Output, to: str | None) -> None:
    """Show what a place holds, by its manifests alone. Reads only, and no database."""
    place = opened(to, PLACE, NAMES)
    found = {name: manifest(place, name) for name in place.finished()}
    output.table(
        ("log", "month", "rows", "size", "archived", "content", "database"),
        [
            (
                f"{a['schema']}.{a['table']}",
                a["from"][:7],
                f"{a['rows']:,}",
                readable(a["file"]["bytes"]),
                a["archived_at"][:10],
                a["content_hash"][:12],
                a["database"],
            )
            for a in found.values()
        ],
    )
    for name in (left := place.unfinished()):
        output.aside(f"{name}: not finished; being written, or for the next to take away", fg="yellow")
    output.finish(archives=[{"name": name, **said} for name, said in found.items()], unfinished=left)


@cli.command()
@speaks
@_TO
@click.option("--table", metavar="SCHEMA.TABLE", required=True)
@click.option("--month", type=_MONTH, required=True)
@click.option(
    "--hold-days",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="So long `footing maintain` leaves it.",
)
def restore(output: Output, to: str | None, table: str, month: datetime, hold_days: float) -> None:
    """Attach a stored month to its log again, compared with what was stored, for so many days.

    All of it in one transaction. Where the month was stored more than once, the latest comes back.
    """
    began = time.monotonic()
    with _alone(output) as connection:
        place = opened(to, PLACE, names_of(connection.info.dbname))
        name, said = _stored(place, table, month.date())
        partition = bring_back(connection, place, name, said, hold_days)
    output.line(
        f"{partition}: {said['rows']:,} rows, as archived, held for {hold_days:g} days "
        f"({elapsed(time.monotonic() - began)})"
    )
    output.finish(name=name, partition=partition, rows=said["rows"], content_hash=said["content_hash"])


def _stored(place: Place, table: str, month: date) -> tuple[str, dict[str, Any]]:
    """Return the newest archive of that month; raise RunnerError where there is none."""
    found = [(name, manifest(place, name)) for name in place.finished()]
    wanted = [
        (said["archived_at"], name, said)
        for name, said in found
        if (f"{said['schema']}.{said['table']}", said["from"][:10]) == (table, str(month))
    ]
    if not wanted:
        raise RunnerError.usage(
            f"{place.where} has no {table} of {month:%Y-%m}", "make archive/list shows what it has"
        )
    _, name, said = max(wanted, key=lambda one: one[0])
    return name, said


@contextmanager
def _alone(output: Output) -> Iterator[psycopg.Connection]:
    """Open a session as the owner, alone among archives of this database."""
    with sessions.working(Options(), "archive", output) as connection:
        try:
            known = connection.execute("SELECT to_regclass('ops.archives') IS NOT NULL").fetchone()
            if known != (True,):
                raise RunnerError.usage("this database has no ops.archives yet", "footing migrate")
            if connection.execute(f"SELECT pg_try_advisory_lock({_KEY})".encode()).fetchone() != (True,):
                raise RunnerError.locked("archiving", "another make archive is at it", "let it finish")
            yield connection
        except psycopg.errors.LockNotAvailable as error:
            text = error.diag.message_primary or "a lock was not had"
            raise RunnerError(Exit.LOCKED, "locked_table", text, "run it again") from None


if __name__ == "__main__":
    run(cli)
