"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any

import click

from runner.output import Output
from runner.session import Options

Command = Callable[..., Any]

_DATABASE = click.option(
    "-d",
    "--database",
    metavar="CONNINFO",
    help="libpq URI or keyword string; instead of DATABASE_URL and PG* variables.",
)
_SOURCE = click.option(
    "--source",
    metavar="DIR",
    help="Folder with migrations/, views/ and indexes/ (default: FOOTING_SQL, or sql).",
)
_WAIT = click.option(
    "--wait", metavar="SECONDS", type=float, default=0.0, help="Wait so long for a server that is not up."
)
_LOCK_WAIT = click.option(
    "--lock-wait",
    metavar="SECONDS",
    type=float,
    default=300,
    show_default=True,
    envvar="FOOTING_LOCK_WAIT",
    show_envvar=True,  # an error names it
    help="Wait so long for another runner.",
)
_LOCK_TIMEOUT = click.option(
    "--lock-timeout",
    metavar="DURATION",
    default="5s",
    show_default=True,
    help="How long a file waits for a table lock in one try, unless its header says otherwise.",
)
_LOCK_TRIES = click.option(
    "--lock-tries",
    metavar="N",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How often a file is tried before giving up and naming who blocks it.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask; for scripts.")


def reads(command: Command) -> Command:
    """Give a command the options of one that reads a database, as `options`, and its `output`."""
    return _given(command, _DATABASE, _SOURCE, _WAIT, json_option)


def changes(command: Command) -> Command:
    """Give a command the options of one that changes a database, as `options`, and its `output`."""
    return _given(command, _DATABASE, _SOURCE, _WAIT, _LOCK_WAIT, _LOCK_TIMEOUT, _LOCK_TRIES, json_option)


def _given(command: Command, *shared: Callable[[Command], Command]) -> Command:
    @wraps(command)
    def run(**given: Any) -> Any:
        ours = {field.name: given.pop(field.name) for field in fields(Options) if field.name in given}
        options = Options(**ours)
        return command(options, Output(command.__name__, as_json=options.as_json), **given)

    wrapped: Command = run
    for option in reversed(shared):
        wrapped = option(wrapped)
    return wrapped
