"""Loads and removes the sample rows of sql/samples/: `make sample SCALE=0.1`, `make sample/remove`."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

import click

from runner.output import Output, count, elapsed
from runner.session import Options
from tools.sample.database import opened, vacuum
from tools.sample.load import begin, is_there, load_steps, tables
from tools.sample.remove import drop_partitions, remove_step
from tools.sample.steps import read


@click.group()
def main() -> None:
    """Fill a database with sample rows, and take them out again."""


@main.command()
@click.option("--scale", type=click.FloatRange(0.001, 10), default=0.01, show_default=True,
              help="1 is a million executions; 0.001 to 10.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="Connections.")
@click.option("--until", type=click.DateTime(), help="When the ninety days of rows end (UTC; default now).")
@click.option("-d", "--database", metavar="CONNINFO", help="libpq URI or keyword string.")
@click.option("--source", type=click.Path(path_type=Path, exists=True), help="The folder of samples.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def load(
    scale: float,
    jobs: int,
    until: datetime | None,
    database: str | None,
    source: Path | None,
    as_json: bool,
) -> None:
    """Load sample rows of every product; an interrupted load goes on where it was.

    The rows are the same each time. Every constraint and trigger is at work, but for the audit trail,
    which would otherwise record the loading.

    \b
    Example:
      python -m tools.sample load --scale 0.1

    Exit codes: 0 loaded, 1 not, 130 stopped by Ctrl-C.
    """
    output = Output("sample load", as_json=as_json)
    folder = source or Options().root / "samples"
    steps = read(folder)
    moment = until.astimezone() if until and until.tzinfo else until
    with opened(database, output) as db:
        begin(db, folder, scale, moment)
        steps = [step for step in steps if step.is_scratch or is_there(db, step.table)]
        began = time.monotonic()
        facts = load_steps(db, steps, scale, jobs, as_json)
        vacuum(db, tables(db, steps))
        db.lead.execute("UPDATE footing_sample.load SET finished_at = coalesce(finished_at, now())")
        took = time.monotonic() - began
        total = db.value("SELECT sum(inserted)::bigint FROM footing_sample.chunks")
        output.table(("STEP", "ROWS", "TIME"), [(s, f"{n:,}", elapsed(t)) for s, n, t in facts])
        output.line(f"the sample of scale {scale:g} is loaded: {total:,} rows, {elapsed(took)}")
        steps_done = [{"step": s, "rows": n, "seconds": round(t, 2)} for s, n, t in facts]
        output.finish(scale=scale, rows=total, seconds=round(took, 1), steps=steps_done)


@main.command()
@click.option("-d", "--database", metavar="CONNINFO", help="libpq URI or keyword string.")
@click.option("--source", type=click.Path(path_type=Path, exists=True), help="The folder of samples.")
def remove(database: str | None, source: Path | None) -> None:
    """Take out exactly what was loaded, whole tables last to first. Destructive.

    What others have since put into a sample project goes with it. The sequences stay where they are.

    \b
    Example:
      python -m tools.sample remove

    Exit codes: 0 removed, 1 not, 130 stopped by Ctrl-C.
    """
    output = Output("sample remove", as_json=False)
    steps = {step.name: step for step in read(source or Options().root / "samples")}
    with opened(database, output) as db:
        if not db.loaded:
            output.line("there is no sample here")
            return
        db.lead.execute("UPDATE footing_sample.load SET removing = true")
        begun = db.lead.execute("SELECT step, base, size FROM footing_sample.steps").fetchall()
        ids = {name: (base + 1, base + size) for name, base, size in begun}
        left = [step for step in steps.values() if step.name in dict.fromkeys(name for name, *_ in begun)]
        total = 0
        with click.progressbar([*reversed(left)], file=sys.stderr, label="removing") as bar:
            for step in bar:
                total += remove_step(db, step, ids)
        with db.lead.transaction():
            drop_partitions(db)
            db.lead.execute("DROP SCHEMA footing_sample CASCADE")
        output.line(f"the sample is removed: {count(total, 'row')} and what hung on them")


if __name__ == "__main__":
    main()
