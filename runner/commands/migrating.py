"""footing migrate."""

from __future__ import annotations

import click

from runner import migrate as work
from runner.commands.common import changes
from runner.files import MigrationFile
from runner.output import Output, count
from runner.session import Options, Session, migrating, reading


@click.command()
@changes
@click.option("--to", "up_to", metavar="N", type=int, help="Stop after this number.")
@click.option("--dry-run", is_flag=True, help="Show what would be applied, and change nothing.")
@click.option(
    "--allow-out-of-order",
    is_flag=True,
    help="Apply files numbered below an applied one. Prove first that they may be: `make commute`.",
)
def migrate(
    options: Options, output: Output, up_to: int | None, dry_run: bool, allow_out_of_order: bool
) -> None:
    """Apply every pending migration, in the order of the numbers.

    Each file commits together with its record, or not at all. Safe when two run at once and when killed
    at any moment: run it again. Where nothing is pending, nothing is changed. Destructive only where a
    file says so itself.

    \b
    Example:
      footing migrate
      footing migrate --to 12 --dry-run

    Exit codes: 0 applied or up to date, 4 files and records disagree, 5 a lock was not had, 6 SQL error,
    7 unsafe connection, 8 no connection, 9 a file was refused.
    """
    allowing = ("out_of_order",) if allow_out_of_order else ()
    opened = reading if dry_run else migrating
    with opened(options, "migrate", output) as session:
        work.require_number(session.files, up_to)
        session.refuse_drift(allowing=allowing)
        pending = work.select(session.pending, up_to)
        if dry_run:
            _show(session, pending, output)
            return
        done = work.migrate(session, pending, output)
        made = work.top_up(session, output)
        if done:
            output.line(f"applied {count(len(done), 'migration')} to {session.server.database}")
            _say_how_to_connect(session, output)
        else:
            output.line(f"up to date: {count(len(session.files), 'migration')} applied, nothing to do")
        output.finish(applied=done, pending=len(session.pending) - len(pending), partitions=made)


def _show(session: Session, pending: list[MigrationFile], output: Output) -> None:
    for file in pending:
        output.line(f"  ↑ {file.id}")
    output.line(f"{count(len(pending), 'migration')} would be applied; nothing was changed")
    output.finish(would_apply=[file.id for file in pending], dry_run=True)


def _say_how_to_connect(session: Session, output: Output) -> None:
    if session.target.embedded:
        output.line("connect with: make psql")
    output.line(f"connect with: psql '{session.target.url()}'")
