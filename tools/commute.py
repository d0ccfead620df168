"""Proves that migrations which landed out of order may be applied in any order: `make commute`.

On copies of a scratch database that stands just before the first of them, the files are applied in every
order, and what comes out is compared: every object (runner.catalogue.live) and every row, which in a
scratch database only a migration can have written. Columns that differ between two runs of one and the
same order (a time, a random key) say nothing and are left out.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click

from runner import files
from runner import session as sessions
from runner.errors import RunnerError
from runner.files import MigrationFile
from runner.output import Output, count
from runner.session import Options
from tools.commute_orders import Verdict, numbers, prove


def out_of_order(options: Options, output: Output) -> tuple[list[MigrationFile], list[MigrationFile], str]:
    """Return what a database lacks out of order, with what it applied since, and its name. Reads only."""
    with sessions.reading(options, "status", output) as session:
        late = {problem.id for problem in session.problems if problem.kind == "out_of_order"}
        moved = [file for file in session.files if file.id in late]
        highest = max((record.number for record in session.records), default=0)
        lowest = moved[0].number if moved else highest + 1
        span = [file for file in session.files if lowest <= file.number <= highest]
        return moved, span, session.server.database


def named(root: Path, names: tuple[str, ...]) -> tuple[list[MigrationFile], list[MigrationFile]]:
    """Return the files of these numbers or names, and all from the first of them to the last.

    Of one alone, all that are numbered above it: those it may be applied after.
    """
    wanted = set()
    for name in names:
        match = re.match(r"\d+", Path(name).name)
        if match is None:
            raise RunnerError.usage(f"{name} is no number of a migration", "write, say, 0061")
        wanted.add(int(match[0]))
    found = files.find(root)
    if unknown := wanted - {file.number for file in found}:
        raise RunnerError.usage(f"there is no migration {min(unknown):04}", "footing status lists them")
    moved = [file for file in found if file.number in wanted]
    if not moved:
        return [], []
    last = (moved if len(moved) > 1 else found)[-1].number
    return moved, [file for file in found if moved[0].number <= file.number <= last]


def since(root: Path, reference: str) -> tuple[str, ...]:
    """Return the migrations that git does not know at `reference`: those added since, committed or not."""
    git = ["git", "-C", str(root)]
    commands = (
        [*git, "diff", "--name-only", "--diff-filter=A", reference, "--", "."],
        [*git, "ls-files", "--others", "--exclude-standard", "--", "."],
    )
    added: set[str] = set()
    for command in commands:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RunnerError.usage(f"git: {done.stderr.strip()}", "--since takes a commit, tag or branch")
        added.update(done.stdout.splitlines())
    ours = re.compile(r"(^|/)(migrations|views|indexes)/\d+_\w+\.sql$")
    return tuple(sorted(name for name in added if ours.search(name)))


@click.command()
@click.argument("names", metavar="[FILE]...", nargs=-1)
@click.option("--since", "reference", metavar="REF", help="The files added since a commit, tag or branch.")
@click.option("--pending-in", metavar="CONNINFO", help="A database to read what is out of order from.")
@click.option("-d", "--database", metavar="CONNINFO", help="A server to make scratch databases on.")
@click.option("--source", metavar="DIR", help="Folder with migrations/, views/ and indexes/.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def main(
    names: tuple[str, ...],
    reference: str | None,
    pending_in: str | None,
    database: str | None,
    source: str | None,
    as_json: bool,
) -> None:
    """Prove that migrations give the same in whichever order they are applied.

    FILE is a number or a file's name. Those from the first to the last FILE (of one alone: all above it)
    take part too, in the order of their numbers, because a late file is applied after them. Without FILE or
    --since: what `footing status` shows as out of order, with what the database applied since.
    Works in scratch databases, which a superuser may make and which are dropped; any other is only read.

    \b
    Example:
      make commute ARGS=0061
      make commute ARGS="0061 0064"
      make commute ARGS="--since origin/main"
      make commute ARGS="--pending-in postgresql://deploy@db.example.org/footing"

    Exit codes: 0 every order that can be gives the same, 1 the order matters, and otherwise as footing.
    """
    output = Output("commute", as_json=as_json)
    try:
        options = Options(database, source)
        root = options.root
        if names or reference:
            found = (*names, *(since(root, reference) if reference else ()))
            moved, span = named(root, found)
            none = f"no file was added since {reference}" if not moved else "one file alone has one order"
        else:
            moved, span, name = out_of_order(Options(pending_in or database, source), output)
            none = f"nothing is out of order in {name}"
        if len(span) < 2:  # noqa: PLR2004 (an order takes two)
            output.line(none)
            output.finish(commutes=True, orders=0, files=[])
            return
        verdict = prove(sessions.resolve(options, output), root, moved, span)
    except RunnerError as error:
        output.aside(f"error: {error.message}" + (f"\n  next: {error.hint}" if error.hint else ""))
        sys.exit(error.exit_code)
    _report(verdict, span, output)
    sys.exit(0 if verdict.commutes else 1)


def _report(verdict: Verdict, span: list[MigrationFile], output: Output) -> None:
    for file, on in verdict.depends.items():
        output.line(f"{file.id} depends on {', '.join(sorted(other.id for other in on))}", fg="yellow")
    for difference in verdict.differences:
        pair = difference.pair
        who = " and ".join(file.id for file in pair) if pair else "the files"
        output.line(f"{who} do not commute:", fg="red")
        for line in difference.lines:
            output.line(f"    {line}")
    for conflict in verdict.conflicts:
        after = f"after {numbers(conflict.after)}" if conflict.after else "alone"
        output.line(f"{conflict.file.id} can't be applied {after}: {conflict.message}", fg="red")
    if verdict.commutes:
        tried = count(verdict.orders, "order")
        output.line(
            f"the order of {numbers(tuple(span))} does not matter: {tried} tried, "
            f"each with the same {verdict.size} objects and rows",
            fg="green",
        )
    output.document(
        {
            "ok": verdict.commutes,
            "exit_code": 0 if verdict.commutes else 1,
            "commutes": verdict.commutes,
            "files": [file.id for file in span],
            "orders": verdict.orders,
            "depends": {file.id: sorted(o.id for o in on) for file, on in verdict.depends.items()},
            "differences": [
                {
                    "pair": [file.id for file in difference.pair] if difference.pair else None,
                    "orders": [[file.id for file in order] for order in difference.orders],
                    "lines": difference.lines,
                }
                for difference in verdict.differences
            ],
            "conflicts": [
                {"file": c.file.id, "after": [file.id for file in c.after], "error": c.message}
                for c in verdict.conflicts
            ],
        }
    )


if __name__ == "__main__":
    main()
