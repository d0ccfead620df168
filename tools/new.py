"""footing new."""

from __future__ import annotations

import re
from pathlib import Path

import click

from runner import files
from runner.commands.common import json_option
from runner.errors import RunnerError
from runner.output import Output
from runner.session import Options

_UP = """\
-- {id}
--
-- What:     TODO: what stands in the database afterwards.
-- Why:      TODO: the requirement, as in 000 §2.7.
-- Locks:    TODO: nothing that existed before | schema.table LOCK MODE, ...
-- Data:     TODO: what is rewritten, scanned or filled.
-- Rollback: TODO: what is lost.
{directive}
{example}
"""
_DOWN = """\
-- Reverses {id}.
--
-- Loses:    TODO: nothing | table schema.x, column schema.x.y, reference rows of schema.x
{directive}
{example}
"""
_EXAMPLES = {
    True: ("-- SQL of the migration, every name with its schema", "-- the same in reverse order"),
    False: (
        "CREATE INDEX CONCURRENTLY idx_table_column\n    ON schema.table (column);",
        "DROP INDEX CONCURRENTLY IF EXISTS schema.idx_table_column;",
    ),
}


@click.command()
@click.argument("name")
@click.option(
    "--in",
    "folder",
    type=click.Choice(files.FOLDERS),
    default="migrations",
    show_default=True,
    help="Which folder: tables and policies, views, or indexes.",
)
@click.option("--no-transaction", is_flag=True, help="For CREATE INDEX CONCURRENTLY, which runs alone.")
@click.option("--source", metavar="DIR", help="Folder with migrations/, views/ and indexes/.")
@json_option
def new(name: str, folder: str, no_transaction: bool, source: str | None, as_json: bool) -> None:
    """Make the next numbered file and its rollback, with the header to fill in.

    Touches no database: reads only the names that are there.

    \b
    Example:
      footing new add_build_number_to_test_executions
      footing new index_test_cases_owner --in indexes --no-transaction

    Exit codes: 0 made, 2 a name that does not follow the rule.
    """
    output = Output("new", as_json=as_json)
    root = Options(source=source).root
    word = re.sub(r"[\s-]+", "_", name.strip().lower())
    if not re.fullmatch(r"[a-z][a-z0-9_]*", word):
        raise RunnerError.usage(f"{name!r} is not a name", "use words: add_build_number_to_test_executions")
    number = max((file.number for file in files.find(root)), default=0) + 1
    identity = f"{number:04}_{word}"
    up = root / folder / f"{identity}.sql"
    down = root / folder / f"{identity}.rollback.sql"
    directive = "-- transactional: false\n" if no_transaction else ""
    examples = _EXAMPLES[not no_transaction]
    for path, template, example in ((up, _UP, examples[0]), (down, _DOWN, examples[1])):
        _write(path, template.format(id=identity, directive=directive, example=example))
        output.line(f"made {path}")
    output.line("fill in the header; then: footing plan, footing migrate, footing redo")
    output.finish(id=identity, files=[str(up), str(down)])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
