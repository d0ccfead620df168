"""Measures what programs notice of migrations: `make downtime`, which writes docs/downtime.md.

In a scratch database with a million executions the newest migrations are rolled back; then they, and a
release of changes as they are made all year, are applied by `footing migrate` while eight programs ask and
write what the documents' programs do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from runner import migrate as work
from runner.errors import RunnerError
from runner.output import Output, count
from runner.session import Options, resolve
from runner.settings import CHECKOUT, Target
from tools.downtime import page
from tools.downtime.load import fill
from tools.downtime.measure import BAR, LOCK_TIMEOUT, REPORT, Measured, footing, measure, newest
from tools.downtime.release import RELEASE, copied
from tools.scratch import Quiet, migrating, scratch


@click.command()
@click.option("--executions", metavar="N", type=int, default=1_000_000, show_default=True,
              help="Rows of the big table.")  # fmt: skip
@click.option("--last", metavar="N", type=int,
              help="How many migrations to apply anew (default: since the last tag, or 5).")  # fmt: skip
@click.option("--calm", metavar="SECONDS", type=float, default=10.0, show_default=True,
              help="How long to measure before and after.")  # fmt: skip
@click.option("--pause", metavar="MS", type=float, default=20.0, show_default=True,
              help="How long each program rests between transactions.")  # fmt: skip
@click.option("--bar", metavar="SECONDS", type=float, default=BAR, show_default=True,
              help="The longest a transaction may take.")  # fmt: skip
@click.option("--lock-timeout", metavar="DURATION", default=LOCK_TIMEOUT, show_default=True,
              help="How long a migration waits for a lock in one try.")  # fmt: skip
@click.option("--report", metavar="N", type=int, default=REPORT, show_default=True,
              help="How often it must give way to a report on the big table; 0: none runs.")  # fmt: skip
@click.option("-d", "--database", metavar="CONNINFO", help="A server to make a scratch database on.")
@click.option("--no-write", is_flag=True, help="Leave docs/downtime.md as it is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def main(
    executions: int,
    last: int | None,
    calm: float,
    pause: float,
    bar: float,
    lock_timeout: str,
    report: int,
    database: str | None,
    no_write: bool,
    as_json: bool,
) -> None:
    """Apply the newest migrations under load and write docs/downtime.md: errors, stalls, latencies.

    Works in a scratch database, which a superuser may make and which is dropped.

    \b
    Example:
      make downtime
      make downtime ARGS="--executions 20000 --calm 2 --no-write"

    Exit codes: 0 within the bars, 1 an error or a stall over the bar, and otherwise as footing.
    """
    output = Output("downtime", as_json=as_json)
    options = Options(database)
    try:
        target = resolve(options, output)
        number = newest(options.root, last)
        with scratch(target, "downtime") as made, tempfile.TemporaryDirectory() as folder:
            found = _prepared(made.create("load"), options.root, executions, number)
            sql = copied(options.root, Path(folder), RELEASE)
            click.echo(f"applying {number} + {len(RELEASE)} migrations under load", err=True)
            measured = measure(
                found, sql, calm=calm, pause=pause / 1000, lock_timeout=lock_timeout, report=report
            )
            version = _version(found)
    except RunnerError as error:
        output.aside(f"error: {error.message}" + (f"\n  next: {error.hint}" if error.hint else ""))
        sys.exit(error.exit_code)
    met = not measured.errors() and not measured.over(bar)
    _report(measured, bar, output, met)
    if not no_write:
        page.write(measured, bar, executions, number, version)
        output.line(f"wrote {page.PAGE.relative_to(CHECKOUT)} and {page.CHART.relative_to(CHECKOUT)}")
    sys.exit(0 if met else 1)


def _prepared(target: Target, root: Path, executions: int, number: int) -> Target:
    """Migrate a new database, fill it, and roll the newest migrations back."""
    with migrating(target, str(root)) as session:
        work.migrate(session, session.files, Quiet())
        work.top_up(session, Quiet())
    click.echo(f"loading {executions:,} executions", err=True)
    fill(target, executions)
    if number:
        said, _ = (undo := footing(target, root, "rollback", "--steps", str(number), "--yes")).communicate()
        if undo.returncode:
            raise click.ClickException(f"footing rollback exited {undo.returncode}: {said.decode()}")
    return target


def _version(target: Target) -> str:
    import psycopg  # nothing else here talks to the server itself

    with psycopg.connect(target.conninfo()) as connection:
        number = connection.info.server_version
    return f"{number // 10_000}.{number % 10_000}"


def _report(measured: Measured, bar: float, output: Output, met: bool) -> None:
    header, *rows = page.kinds_table(measured)
    output.table(tuple(cell.upper() for cell in header), rows)
    header, *rows = page.files_table(measured)
    output.line()
    output.table(tuple(cell.upper() for cell in header), rows)
    output.line()
    for error in measured.errors():
        output.line(f"error: {error}", fg="red")
    for kind in measured.over(bar):
        output.line(f"{kind} took {measured.stalls()[kind]:.2f} s, over the bar of {bar:g} s", fg="red")
    if met:
        longest = max(measured.stalls().values())
        output.line(f"no error; the longest transaction took {page.milliseconds(longest)}", fg="green")
    output.line(f"the runner tried again {count(measured.applied.retries, 'time')}")
    output.document(
        {
            "ok": met,
            "exit_code": 0 if met else 1,
            "errors": measured.errors(),
            "stalls_ms": {kind: round(s * 1000, 1) for kind, s in measured.stalls().items()},
            "over": measured.over(bar),
            "retries": measured.applied.retries,
            "transactions": {name: len(measured.phase(name)) for name in page.PHASES},
        }
    )


if __name__ == "__main__":
    main()
