"""make recover, recover/promote, recover/drop: a copy of the server as it was at a moment."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from ops.backup import recovery
from ops.backup.answers import answers
from runner.commands.common import yes_option
from runner.output import Output


def _moment(context: click.Context, parameter: click.Parameter, value: str) -> datetime | None:
    """Read a time in ISO 8601, of UTC unless it says otherwise; None for `latest`."""
    if value == "latest":
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        said = f"{value!r} is no time; write 2026-11-21 09:41:00, or 2026-11-21T10:41:00+01:00"
        raise click.BadParameter(said, context, parameter) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


_INTO = click.option(
    "--into", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path)
)


@click.command()
@click.option(
    "--to",
    "moment",
    metavar="TIME",
    required=True,
    callback=_moment,
    help="UTC, or with its zone; or latest.",
)
@_INTO
@answers
def recover(output: Output, moment: datetime | None, into: Path) -> None:
    """Recover everything committed up to a moment into DIR, beside the live server; open it read-only.

    \b
    Example:
      make recover TO="2026-11-21 09:41:00" INTO=/srv/recovered

    The live server goes on and is not touched. DIR must be empty or not there; it needs as much room as
    the cluster. The copy answers on a socket in DIR only. TO=latest replays all that is in the archive; the
    copy is promoted then already. Not destructive.
    """
    copy = recovery.recover(moment, into, output)
    where = shlex.quote(copy.folder)
    output.line(f"recovered to {copy.moment}; its last change is of {copy.last_change}")
    if moment is None:
        output.line(f"  use it:                  psql {shlex.quote(copy.url)}")
    else:
        output.line(f"  look at it (read-only):  psql {shlex.quote(copy.url)}")
        output.line(f"  let it be written to:    make recover/promote INTO={where}")
    output.line(f"  stop and remove it:      make recover/drop INTO={where}")
    output.finish(**asdict(copy), url=copy.url)


@click.command()
@_INTO
@answers
def promote(output: Output, into: Path) -> None:
    """Let a recovered copy be written to: it goes on from its moment, on a timeline of its own.

    \b
    Example:
      make recover/promote INTO=/srv/recovered

    Later moments are out of its reach then. It still archives nothing. Not destructive otherwise.
    """
    copy = recovery.promote(into)
    output.line(f"promoted; it is written to with:  psql {shlex.quote(copy.url)}")
    output.finish(**asdict(copy), url=copy.url)


@click.command()
@_INTO
@click.option("--keep-files", is_flag=True, help="Stop it only.")
@yes_option
@answers
def drop(output: Output, into: Path, keep_files: bool, yes: bool) -> None:
    """Stop a recovered copy and remove it. Destructive: of the copy. Refuses any other folder.

    \b
    Example:
      make recover/drop INTO=/srv/recovered ARGS=--yes
    """
    copy = recovery.known(into)
    if not (yes or keep_files):
        click.confirm(f"Remove {copy.folder}, recovered to {copy.moment}?", abort=True, err=True)
    recovery.stop(into, keep_files)
    output.line("stopped" if keep_files else "stopped and removed")
    output.finish(folder=copy.folder, removed=not keep_files)
