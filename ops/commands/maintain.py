"""footing maintain: carries out ops.maintenance_plan()."""

from __future__ import annotations

import random
import time

import click

from ops.commands.maintenance import Work, alone, due
from runner import session as sessions
from runner.commands.common import reads
from runner.errors import Exit, RunnerError
from runner.output import Output
from runner.session import Options

KINDS = ("create", "detach", "drop", "delete", "prune", "analyze", "clean", "reindex", "report")
_ROUNDS = 10  # how often what could not have its lock is tried


@click.command()
@reads
@click.option("--dry-run", is_flag=True, help="Show the plan and do nothing.")
@click.option(
    "--only", multiple=True, type=click.Choice(KINDS), help="Do this kind alone; may be repeated."
)
def maintain(options: Options, output: Output, dry_run: bool, only: tuple[str, ...]) -> None:
    """Carry out ops.maintenance_plan(): make months ahead, expire what is too old, analyze, reindex.

    Destructive: months and rows older than ops.retention_policies keeps them are gone. Applications go
    on meanwhile: statements run one by one, wait a tenth of a second for a lock that others would queue
    behind, and are tried ten times, a little more patiently each time. Safe to run from a timer, to
    interrupt and to kill: the next run finishes what was begun. A second one at the same time says so
    and does nothing. Recorded in ops.maintenance_runs.

    \b
    Example:
      footing maintain --dry-run
      footing maintain --only detach --only drop

    Exit codes: 0 done, nothing due, or another run is at it, 2 usage, 5 a lock could not be had,
    6 a statement failed (the others were run), 7 unsafe connection, 8 no connection.
    """
    with sessions.working(options, "maintain", output) as connection:
        steps = due(connection, only)
        if dry_run:
            for step in steps:
                output.line(f"{step.statement or '--'};  -- {step.kind} {step.target}: {step.why}")
            output.finish(dry_run=True, steps=[step._asdict() for step in steps])
            return
        if not alone(connection):
            output.line("another footing maintain is at it: nothing was done")
            output.finish(skipped=True)
            return
        work = Work(connection, output)
        for attempt in range(_ROUNDS):
            work.do(steps := due(connection, only), attempt)
            if not work.blocked:
                break
            time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 (jitter, not a secret)
        left = work.end()
    notes = {step.target: step.why for step in steps if not step.statement}
    for target, why in notes.items():
        output.warn(f"{target}: {why}")
    facts = {"done": dict(work.done), "failed": work.failed, "blocked": work.blocked, "notes": notes}
    if left:
        lines = "".join(f"\n    {target}: {why}" for target, why in left.items())
        raise RunnerError(
            Exit.SQL if work.failed else Exit.LOCKED,
            "maintenance",
            f"not everything could be done:{lines}",
            "mend what failed and run this again: it goes on with what is left",
            **facts,
        )
    output.line("done" if any(work.done.values()) else "nothing was due")
    output.finish(**facts)
