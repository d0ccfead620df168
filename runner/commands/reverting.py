"""footing rollback."""

from __future__ import annotations

from typing import Any

import click

from runner import losses, rules
from runner import migrate as work
from runner.commands.common import changes, yes_option
from runner.errors import Exit, RunnerError
from runner.files import MigrationFile
from runner.migrate import Waiting
from runner.output import Output, count
from runner.session import Options, Session, migrating, reading


@click.command()
@changes
@click.option(
    "--steps", metavar="N", type=click.IntRange(min=1), help="Undo the last N applied (default 1)."
)
@click.option("--to", "down_to", metavar="N", type=int, help="Undo everything applied above this number.")
@click.option("--all", "everything", is_flag=True, help="Undo every migration; needs its own confirmation.")
@click.option(
    "--confirm-all", metavar="DATABASE", help="With --all --yes: the database's name, as consent."
)
@yes_option
def rollback(
    options: Options,
    waiting: Waiting,
    output: Output,
    steps: int | None,
    down_to: int | None,
    everything: bool,
    confirm_all: str | None,
    yes: bool,
) -> None:
    """Undo applied migrations, the last applied first. Destructive.

    First shows what each rollback file declares to lose, and how many rows that is now; then asks.

    \b
    Example:
      footing rollback
      footing rollback --to 12 --yes
      footing rollback --all --yes --confirm-all footing

    Exit codes: 0 undone or nothing to undo, 1 declined, 4 files and records disagree, 5 a lock was not
    had, 6 SQL error (an irreversible migration says why), 7 unsafe connection, 8 no connection.
    """
    if sum((steps is not None, down_to is not None, everything)) > 1:
        raise RunnerError.usage("--steps, --to and --all exclude each other", "give one of them")
    chosen = {"steps": steps, "down_to": down_to, "everything": everything}
    planned = announce(options, output, **chosen)
    if not planned:
        output.line("nothing to roll back")
        output.finish(rolled_back=[])
        return
    consent(output, planned, everything=everything, yes=yes, confirm_all=confirm_all)
    with migrating(options, "rollback", output) as session:
        still(session, planned, **chosen)
        done = work.revert(session, planned, waiting, output)
        output.line(f"rolled back {count(len(done), 'migration')} of {session.server.database}")
        output.finish(rolled_back=done)


def _choose(
    session: Session,
    *,
    steps: int | None = None,
    down_to: int | None = None,
    everything: bool = False,
    allowing: tuple[str, ...] = (),
) -> list[MigrationFile]:
    """Return what to undo, the last applied first. An out-of-order file does not stop a rollback."""
    session.refuse_drift(allowing=("out_of_order", *allowing))
    applied = work.last_applied(session)
    if everything:
        return applied
    if down_to is not None:
        work.require_number(session.files, down_to)
        return [file for file in applied if file.number > down_to]
    chosen = applied[: steps or 1]
    ids = {file.id for file in chosen}
    if others := [p.facts() for p in session.problems if p.kind in allowing and p.id not in ids]:
        raise RunnerError.drift(others)  # redo is for an edit of what it redoes, not of older files
    return chosen


def announce(options: Options, output: Output, **chosen: Any) -> list[rules.Script]:
    """Show what would be undone and lost; return it. Reads only, and holds no lock meanwhile."""
    with reading(options, "rollback", output, write=True) as session:
        files = _choose(session, **chosen)
        scripts = [rules.down(file) for file in files]
        counted = losses.count(session.connection, scripts)
    told = []
    for script in scripts:
        output.line(f"  ↓ {script.file.id}: loses {losses.declared(script)}")
        for loss in counted[script.file.id]:
            output.line(f"      {loss}", fg="red" if loss.rows else None)
        rows = {f"{loss.kind} {loss.name}": loss.rows for loss in counted[script.file.id]}
        told.append({"id": script.file.id, "loses": losses.declared(script), "rows": rows})
    output.facts["plan"] = told
    return scripts


def consent(
    output: Output, planned: list[rules.Script], *, everything: bool, yes: bool, confirm_all: str | None
) -> None:
    name = str(output.facts["database_name"])
    if everything and confirm_all is not None and confirm_all != name:
        raise RunnerError.usage(f"--confirm-all {confirm_all} is not this database, which is {name}")
    if everything and yes and confirm_all is None:
        raise RunnerError.usage(
            "--all --yes also needs the database's name", f"add --confirm-all {name} if you mean it"
        )
    if yes:
        return
    if everything:
        answer = click.prompt(f"Type the database's name ({name}) to undo everything in it", err=True)
        agreed = answer == name
    else:
        agreed = click.confirm(f"Roll back {count(len(planned), 'migration')} of {name}?", err=True)
    if not agreed:
        raise RunnerError(Exit.INTERNAL, "declined", "declined: nothing was done")


def still(session: Session, planned: list[rules.Script], **chosen: Any) -> list[MigrationFile]:
    """Return the files of the plan that was shown, if it is still the plan inside the lock."""
    files = _choose(session, **chosen)
    if [file.id for file in files] != [script.file.id for script in planned]:
        raise RunnerError(
            Exit.DRIFT,
            "plan_changed",
            "another runner changed this database after the plan was shown; nothing was done",
            "run the command again to see the plan as it is now",
        )
    return files
