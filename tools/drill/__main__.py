"""make drill: does one get the server back, how soon, and with everything that was promised."""

from __future__ import annotations

import signal
import sys
from dataclasses import asdict

import click

from runner.output import Output
from tests.support.require import COMPONENTS
from tools.drill import page
from tools.drill.drill import Result, drill
from tools.drill.sabotage import SABOTAGES

NEEDED = ("postgres15", "pgbackrest", "weed", "openssl")


@click.command()
@click.option("--scale", type=click.FloatRange(0.001, 10), default=0.01, show_default=True,
              help="Size of the sample; 1 is a million executions.")  # fmt: skip
@click.option(
    "--synchronous", is_flag=True, help="Fail over to a synchronous standby instead of restoring."
)
@click.option("--seconds", metavar="SECONDS", type=click.FloatRange(min=2), default=90.0, show_default=True,
              help="How long it is written to before the loss.")  # fmt: skip
@click.option("--archive-timeout", metavar="SECONDS", type=click.FloatRange(min=1), default=60.0,
              show_default=True, help="How often WAL is archived at least.")  # fmt: skip
@click.option("--sabotage", type=click.Choice(list(SABOTAGES)),
              help="Damage the repository first: the drill must go red.")  # fmt: skip
@click.option("--no-write", is_flag=True, help="Leave docs/drills.md as it is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def main(
    scale: float,
    synchronous: bool,
    seconds: float,
    archive_timeout: float,
    sabotage: str | None,
    no_write: bool,
    as_json: bool,
) -> None:
    """Lose a server with its disk under writes, get it back, check everything, and write docs/drills.md.

    On a server of PostgreSQL 15, a store and a repository of its own, which are gone afterwards: nothing of
    yours is touched.

    \b
    Example:
      make drill SCALE=1
      make drill SCALE=1 ARGS=--synchronous
      make drill ARGS="--sabotage wrong-key --no-write"

    Exit codes: 0 everything held, 1 something did not or could not be checked, 2 usage, 130 interrupted.
    """
    for name in NEEDED:
        is_there, remedy = COMPONENTS[name]
        if not is_there():
            raise click.ClickException(f"{name} is missing: {remedy}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is stopped then too
    output = Output("drill", as_json=as_json)
    try:
        result = drill(scale, seconds, archive_timeout, synchronous, sabotage)
    except KeyboardInterrupt:
        output.aside("interrupted; what was started is stopped, and nothing is left of it")
        sys.exit(130)
    report(result, output)
    if not no_write and not sabotage:
        page.append(result)
        output.line(f"wrote {page.PAGE.name} and {page.CHART.name}")
    sys.exit(0 if result.ok else 1)


def report(result: Result, output: Output) -> None:
    """Print a drill for a person, or for a machine."""
    for check in result.checks:
        verdict = "ok    " if check.ok else "FAILED"
        took = f"{check.seconds:>6.1f} s"
        output.line(f"  {verdict}  {check.name:<24} {took}  {check.said}", fg=None if check.ok else "red")
    lost = f"{page.number(result.lost)} of {result.acknowledged:,} acknowledged rows lost"
    output.line(
        f"{result.mode}, scale {result.scale:g}: RTO {page.seconds(result.rto)},"
        f" RPO {page.seconds(result.rpo)}, {lost}: {'passed' if result.ok else 'FAILED'}",
        fg="green" if result.ok else "red",
    )
    output.document({"ok": result.ok, "exit_code": int(not result.ok), **asdict(result)})


if __name__ == "__main__":
    main(prog_name="python -m tools.drill")
