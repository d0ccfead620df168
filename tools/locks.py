"""Applies every migration to tables with rows, and writes docs/locks.md: what each locks (`make locks`)."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator

import click

from runner import files
from runner.files import MigrationFile
from runner.output import count, elapsed
from runner.settings import CHECKOUT, sql_root
from tools.proof import observing
from tools.proof.bench import Bench, running, scratch
from tools.proof.observing import Observation
from tools.proof.rows import Filler

PAGE = CHECKOUT / "docs" / "locks.md"
SIZES = (500, 5_000)
_TEXT = """\
<!-- Written by `make locks`, which applies every migration and looks on. Do not edit. -->
# What each migration locks

Every migration was applied twice on a PostgreSQL {version} of its own with {cores}: once with {small:,} and
once with {large:,} rows in each table that was there before it. What it held at the end of its transaction
was read from `pg_locks`; for an index that is built CONCURRENTLY, while it waited for an older transaction.
A file whose `Locks:` line claims anything else fails, as does one that rewrites a table without saying so.

Times and bytes of WAL are of the whole transaction: no lock was held longer. SHARE and SHARE ROW EXCLUSIVE
(an index; a foreign key or a trigger) let others read and keep writers waiting; ACCESS EXCLUSIVE lets
nobody in. A lock that can't be had within its lock_timeout is given up and tried again, so that nobody
queues behind it for longer (reliability.md).

## Files that lock what was there

| migration | locks | scans | {small:,} rows | WAL | {large:,} rows | WAL |
|---|---|---|--:|--:|--:|--:|
{locking}

Rewritten: {rewritten}.

## Files that lock nothing

| migration | {small:,} rows | WAL | {large:,} rows | WAL |
|---|--:|--:|--:|--:|
{free}
"""


def observe(bench: Bench, migrations: list[MigrationFile], rows: int, label: str) -> Iterator[Observation]:
    """Apply each migration with so many rows in every table, and yield what it did."""
    filler = Filler(bench.admin, rows)
    with click.progressbar(migrations, label=label, file=sys.stderr, width=30) as steps:
        for file in steps:
            yield observing.apply(bench, file)
            filler.fill()


def page(version: str, small: list[Observation], large: list[Observation]) -> str:
    """Return docs/locks.md."""
    locking, free = [], []
    for one, other in zip(small, large, strict=True):
        figures = [*_figures(one), *_figures(other)]
        if one.strong:
            locks = "<br>".join(f"{table} {mode}" for table, mode in sorted(one.strong.items()))
            scans = "<br>".join(sorted(other.scanned)) or "nothing"
            locking.append(_row([f"`{one.file.id}`", locks, scans, *figures]))
        else:
            free.append(_row([f"`{one.file.id}`", *figures]))
    rewritten = sorted({name for each in large for name in each.rewritten})
    return _TEXT.format(
        version=version,
        cores=count(os.cpu_count() or 1, "core"),
        small=SIZES[0],
        large=SIZES[1],
        locking="\n".join(locking),
        free="\n".join(free),
        rewritten=", ".join(rewritten) or "no table by any of them",
    )


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figures(found: Observation) -> tuple[str, str]:
    kilobytes = found.wal / 1024
    size = f"{kilobytes:.0f} kB" if kilobytes < 1024 else f"{kilobytes / 1024:.1f} MB"  # noqa: PLR2004
    return elapsed(found.seconds), size


@click.command()
def main() -> None:
    """Apply every migration to tables with rows, compare its locks with its header, write docs/locks.md.

    \b
    Example:
      python -m tools.locks

    Nothing of yours is touched: the server is made for this and removed. Exit codes: 0 each header tells
    the truth, 1 one does not.
    """
    began, migrations, seen = time.monotonic(), files.find(sql_root(None)), []
    with running() as server:
        for rows in SIZES:
            with scratch(server) as bench:
                label = f"{count(len(migrations), 'migration')}, {rows:,} rows a table"
                seen.append(list(observe(bench, migrations, rows, label)))
                version = str(bench.deploy.info.parameter_status("server_version")).split()[0]
    found = [f"{each.file.name} {text}" for each in seen[-1] for text in observing.disagreements(each)]
    if found:
        raise click.ClickException("\n".join(found))
    PAGE.write_text(page(version, *seen), encoding="utf-8")
    click.echo(f"each header tells the truth; wrote docs/locks.md ({elapsed(time.monotonic() - began)})")


if __name__ == "__main__":
    main()
