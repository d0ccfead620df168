"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from runner.migrate import Waiting
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
    help="Wait so long for another runner (default 300, or FOOTING_LOCK_WAIT).",
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
    """Give a command the options of one that reads a database, as `options` and `output`."""

    @wraps(command)
    def run(database: str, source: str, wait: float, as_json: bool, **rest: Any) -> Any:
        options = Options(database, source, as_json, wait)
        return command(options, Output(command.__name__, as_json=as_json), **rest)

    return _DATABASE(_SOURCE(_WAIT(json_option(run))))


def changes(command: Command) -> Command:
    """Give a command the options of one that changes a database, as `options`, `waiting`, `output`."""

    @wraps(command)
    def run(
        database: str,
        source: str,
        wait: float,
        as_json: bool,
        lock_wait: float | None,
        lock_timeout: str,
        lock_tries: int,
        **rest: Any,
    ) -> Any:
        options = Options(database, source, as_json, wait, lock_wait)
        output = Output(command.__name__, as_json=as_json)
        return command(options, Waiting(lock_timeout, lock_tries), output, **rest)

    return _DATABASE(_SOURCE(_WAIT(_LOCK_WAIT(_LOCK_TIMEOUT(_LOCK_TRIES(json_option(run)))))))
