"""make dump, dump/list, dump/verify: logical backups, each read back and compared before it counts.

    python -m ops.backup.dump make --to s3://backups/footing --keep-days 30
    python -m ops.backup.dump list
    python -m ops.backup.dump verify

The database is the one the runner would use: DATABASE_URL, the PG* variables, or the embedded server of
this checkout. Not through a pooler. docs/dumps.md says what a dump consists of.
"""

from __future__ import annotations

import os
import time

import click

from ops.backup import verify as verifying
from ops.backup.commands import Quiet, opened, run, speaks
from ops.backup.dumping import Dumping, dumps, prune, sweep
from ops.backup.manifest import NAMES, names_of
from ops.backup.measured import readable
from ops.backup.places import Place
from ops.backup.programs import Programs
from ops.backup.snapshot import snapshot
from runner.errors import Exit, RunnerError
from runner.output import Output, count, elapsed

PLACE = "FOOTING_DUMPS"
_TO = click.option("--to", metavar="PLACE", help=f"A folder, or s3://bucket/prefix (default: {PLACE}).")


@click.group()
def cli() -> None:
    """Make, list and verify logical backups.

    \b
    Exit codes: 0 done, 2 usage, 4 a dump is damaged, 5 another is being made, 6 a program failed or the
    place is full, 7 a pooler, 8 no database or no store, 130 and 143 interrupted.
    """


@cli.command()
@speaks
@_TO
@click.option(
    "--format",
    "dump_format",
    type=click.Choice(["custom", "directory"]),
    default="custom",
    show_default=True,
    help="One file, streamed; or one a table, by parallel jobs.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="How many tables at once (directory format).",
)
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="Keep every dump this long.",
)
@click.option(
    "--keep-count",
    type=click.IntRange(min=1),
    default=7,
    show_default=True,
    help="Keep so many of the newest, however old.",
)
@click.option("--quiet", is_flag=True, help="Print nothing unless something fails.")
def make(
    output: Output,
    to: str | None,
    dump_format: str,
    jobs: int,
    keep_days: float,
    keep_count: int,
    quiet: bool,
) -> None:
    """Dump the database, read the dump back, and only then prune older ones.

    Every row of every tenant, from one snapshot, and the roles without their passwords. Destructive for
    dumps of this database that are older than --keep-days and not among the newest --keep-count.
    """
    output = Quiet("make", as_json=False) if quiet and not output.as_json else output
    began = time.monotonic()
    with snapshot(output) as open_snapshot:
        place = opened(to, PLACE, names_of(open_snapshot.database))
        for left in sweep(place):
            output.line(f"  {left} was never finished: taken away")
        output.line(f"dumping {open_snapshot.database} into {place.where}")
        silent = quiet or output.as_json
        name, made = Dumping(open_snapshot, place, output, None if silent else output.aside).make(
            dump_format, jobs
        )
    gone = prune(place, keep_days, keep_count)
    for old in gone:
        output.line(f"  {old} pruned: older than {keep_days:g} days")
    output.line(
        f"{place.where}/{name}: {made.rows:,} rows, {readable(made.size)}, "
        f"{elapsed(time.monotonic() - began)}"
    )
    output.finish(name=name, place=place.where, rows=made.rows, bytes=made.size, pruned=gone)


@cli.command(name="list")
@speaks
@_TO
def list_(output: Output, to: str | None) -> None:
    """Show the dumps that are finished, and what interrupted ones left. Reads only."""
    place = opened(to, PLACE, NAMES)
    found, left = dumps(place), place.unfinished()
    damaged = [name for name in place.finished() if name not in found]
    output.table(
        ("dump", "server", "migration", "tables", "rows", "size", "format"),
        [
            (
                name,
                made.server_version,
                "-" if made.migration is None else f"{made.migration:04}",
                str(len(made.tables)),
                f"{made.rows:,}",
                readable(made.size),
                made.dump_format,
            )
            for name, made in found.items()
        ],
    )
    for name in damaged:
        output.aside(f"{name}: its manifest is damaged", fg="red")
    for name in left:
        output.aside(f"{name}: not finished; being made, or for the next dump to take away", fg="yellow")
    output.finish(
        dumps=[
            {
                "name": name,
                "database": made.database,
                "server_version": made.server_version,
                "migration": made.migration,
                "rows": made.rows,
                "bytes": made.size,
                "finished_at": made.finished_at,
                "format": made.dump_format,
            }
            for name, made in found.items()
        ],
        damaged=damaged,
        unfinished=left,
    )


@cli.command()
@speaks
@_TO
@click.argument("names", nargs=-1)
def verify(output: Output, to: str | None, names: tuple[str, ...]) -> None:
    """Read the newest dump of each database back, or those named, and compare. Reads only.

    Every file's SHA-256, pg_restore's reading of it, and the rows of each table with its manifest.
    Exit code 4 where one is damaged, missing, or there is none at all.
    """
    place = opened(to, PLACE, NAMES)
    found = dumps(place)
    damaged = {name: "its manifest is damaged" for name in place.finished() if name not in found}
    newest = {made.database: name for name, made in found.items()}
    for name in names or sorted({*newest.values(), *damaged}):
        if name in damaged:
            continue
        if name not in found:
            damaged[name] = "there is no such dump"
            continue
        made, began = found[name], time.monotonic()
        try:
            verifying.check(place, name, made.files, made.tables, _programs(made.server_version))
        except RunnerError as error:
            if error.exit_code != Exit.DRIFT:
                raise
            damaged[name] = error.message.removeprefix(f"{name}: ")
        else:
            output.line(
                f"{name}: {count(len(made.tables), 'table')}, {made.rows:,} rows, as written "
                f"({elapsed(time.monotonic() - began)})"
            )
    _report(output, place, damaged, bool(found))


def _report(output: Output, place: Place, damaged: dict[str, str], any_: bool) -> None:
    """Finish, or raise RunnerError with what is wrong."""
    if damaged:
        lines = "".join(f"\n    {name}: {why}" for name, why in damaged.items())
        raise RunnerError(
            Exit.DRIFT,
            "damaged",
            f"not every dump is as it was written:{lines}",
            "make another now, and see what ails the store",
            damaged=damaged,
        )
    if not any_:
        raise RunnerError(Exit.DRIFT, "none", f"{place.where} has no dump", "make dump")
    output.finish()


def _programs(server_version: str) -> Programs:
    """Return the programs that wrote a dump; reading one needs no server."""
    return Programs(int(server_version.partition(".")[0]), dict(os.environ))


if __name__ == "__main__":
    run(cli)
