"""footing redo: for the migration that is being written."""

from __future__ import annotations

import click

from runner import migrate as work
from runner import rules
from runner.commands.common import changes, yes_option
from runner.commands.reverting import announce, consent, still
from runner.output import Output, count
from runner.session import Options, migrating


@click.command()
@changes
@click.option("--steps", metavar="N", type=click.IntRange(min=1), default=1, help="How many (default 1).")
@yes_option
def redo(options: Options, output: Output, steps: int, yes: bool) -> None:
    """Roll the last migration back and apply it again: for the one you are writing. Destructive.

    The file may have changed since it was applied; that is what redo is for.

    \b
    Example:
      footing redo
      footing redo --steps 2 --yes

    Exit codes: as rollback and migrate.
    """
    planned = announce(options, output, steps=steps, allowing=("changed",))
    consent(output, planned, everything=False, yes=yes, confirm_all=None)
    with migrating(options, "redo", output) as session:
        files = still(session, planned, steps=steps, allowing=("changed",))
        for file in files:
            rules.up(file)
        work.revert(session, planned, output)
        gone = {file.id for file in files}
        session.records = [record for record in session.records if record.id not in gone]
        done = work.migrate(session, sorted(files, key=lambda file: file.number), output)
        output.line(f"redid {count(len(done), 'migration')}")
        output.finish(redone=done)
