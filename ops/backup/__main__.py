"""make backup, backup/check, backup/list, recover: what pgBackRest keeps, and getting it back."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from ops.backup import check as checks
from ops.backup import metrics, pgbackrest
from ops.backup import prove as proving
from ops.backup.answers import answers
from ops.backup.check import Outcome
from ops.backup.recover import drop, promote, recover
from runner.output import Output, elapsed

_METRICS = click.option(
    "--metrics",
    "metrics_folder",
    metavar="DIR",
    envvar="FOOTING_BACKUP_METRICS",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write what came of it there, for node_exporter (or FOOTING_BACKUP_METRICS).",
)


@click.group()
def main() -> None:
    """Physical backups by pgBackRest, whose configuration PGBACKREST_CONFIG names.

    Root works as the owner of the configuration. Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted.
    docs/backups.md says what is backed up, when, and how to get it back.
    """


@main.command()
@click.option("--type", "kind", type=click.Choice(["full", "diff"]), default="full", show_default=True)
@answers
def backup(output: Output, kind: str) -> None:
    """Make a backup: of everything, or of what changed since the last full one.

    \b
    Example:
      make backup ARGS="--type diff"

    What retention no longer keeps is removed afterwards; not destructive otherwise. A second backup at the
    same time is refused.
    """
    pgbackrest.run(f"--type={kind}", "backup", progress=True)
    made = pgbackrest.backups()[-1]
    took = elapsed((made.stopped - made.started).total_seconds())
    output.line(f"{made.label}: {_megabytes(made.size)}, stored in {_megabytes(made.stored)}, {took}")
    output.finish(backup=asdict(made))


@main.command()
@click.option("--skip-verify", is_flag=True, help="Do not read the whole repository again.")
@_METRICS
@answers
def check(output: Output, skip_verify: bool, metrics_folder: Path | None) -> None:
    """Check that one could recover now: backups new and whole, WAL archived, the repository intact.

    \b
    Example:
      make backup/check
      make backup/check ARGS="--skip-verify --metrics /var/lib/prometheus/node-exporter"

    Reads only, but for one WAL segment that is sent to the archive. What could not be checked has failed.
    """
    outcomes = []
    for outcome in checks.carried_out(checks.steps(verify=not skip_verify)):
        _tell(outcome, output, metrics_folder)
        outcomes.append(outcome)
    if metrics_folder and outcomes[0].ok:
        metrics.write_backups(metrics_folder, pgbackrest.backups())
    _end(outcomes, output)


@main.command()
@click.option("--into", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path))
@_METRICS
@answers
def prove(output: Output, into: Path, metrics_folder: Path | None) -> None:
    """Restore the newest backup and all WAL after it into DIR, examine every page and index, remove it.

    \b
    Example:
      make backup/prove INTO=/srv/restore-test

    The live server is not touched; DIR must be empty or not there, with room for the cluster. Reads a whole
    backup from the store: once a week is meant.
    """
    (outcome,) = checks.carried_out({"restore": lambda: proving.prove(into, output)})
    _tell(outcome, output, metrics_folder)
    _end([outcome], output)


def _tell(outcome: Outcome, output: Output, metrics_folder: Path | None) -> None:
    """Print what a step came to, and write it down for Prometheus."""
    if outcome.detail:
        output.aside(outcome.detail)
    output.line(f"  {'ok    ' if outcome.ok else 'FAILED'}  {outcome.step:<10}  {outcome.said}")
    if outcome.hint:
        output.line(f"  {'':<18}  → {outcome.hint}")
    if metrics_folder:
        metrics.write_outcome(metrics_folder, outcome)


def _end(outcomes: list[Outcome], output: Output) -> None:
    """End with 0 if every step succeeded, else with 1."""
    ok = all(outcome.ok for outcome in outcomes)
    output.document({"ok": ok, "exit_code": int(not ok), "steps": [asdict(each) for each in outcomes]})
    sys.exit(int(not ok))


@main.command("list")
@answers
def list_(output: Output) -> None:
    """List the backups, oldest first. Reads only.

    \b
    Example:
      make backup/list ARGS=--json

    From the end of the first one on, every moment whose WAL is in the archive can be recovered.
    """
    found = pgbackrest.backups()
    output.table(
        ("backup", "type", "ended (UTC)", "size", "stored", "pages"),
        [
            (
                made.label,
                made.kind,
                f"{made.stopped:%Y-%m-%d %H:%M:%S}",
                _megabytes(made.size),
                _megabytes(made.stored),
                "BROKEN" if made.broken_pages else "whole",
            )
            for made in found
        ],
    )
    output.finish(backups=[asdict(made) for made in found])


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.1f} MB"


for _command in (recover, promote, drop):
    main.add_command(_command)

if __name__ == "__main__":
    main(prog_name="python -m ops.backup")
