"""Runs a command of ops/ as the runner runs its own: errors in plain words, exit codes, --json."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import click

from ops.backup.places import Place, place
from runner.errors import Exit, Interrupted, RunnerError, Terminated
from runner.output import Output
from runner.unexpected import translated

Command = Callable[..., Any]
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")


class Quiet(Output):
    """Prints nothing but errors, for a timer."""

    def line(self, text: str = "", **style: Any) -> None:
        """Print nothing."""


def speaks(command: Command) -> Command:
    """Give a command the option --json, and its `output`."""

    @wraps(command)
    def run(as_json: bool, **rest: Any) -> Any:
        return command(Output(command.__name__, as_json=as_json), **rest)

    return _JSON(run)


def run(cli: click.Command) -> NoReturn:
    """Run the command line and exit with the codes of docs/commands.md."""
    as_json = "--json" in sys.argv
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        cli.main(standalone_mode=False)
    except RunnerError as error:
        _fail(error, as_json)
    except click.ClickException as error:
        _fail(RunnerError.usage(error.format_message(), "--help shows how it is used"), as_json)
    except (click.Abort, KeyboardInterrupt) as stop:
        code = Exit.TERMINATED if _terminated(stop) else Exit.INTERRUPTED
        _fail(
            RunnerError(code, "interrupted", "interrupted: nothing half-made counts", "run it again"),
            as_json,
        )
    except Exception as error:
        if os.environ.get("FOOTING_DEBUG"):
            raise
        _fail(translated(error), as_json)
    sys.exit(0)


def opened(where: str | None, default: str, names: Any) -> Place:
    """Return the place named, or that of the variable `default`; raise RunnerError without one."""
    if not (where := where or os.environ.get(default, "").strip()):
        raise RunnerError.usage(
            "no place is named", f"name one: a folder or s3://bucket/prefix; or set {default}"
        )
    return place(where, names)


def _terminated(stop: BaseException) -> bool:
    return isinstance(stop, Terminated) or isinstance(stop.__context__, Terminated)


def _fail(error: RunnerError, as_json: bool) -> NoReturn:
    Output(sys.argv[1] if len(sys.argv) > 1 else "", as_json=as_json).fail(error)


def _stop(number: int, _: object) -> NoReturn:
    raise Terminated if number == signal.SIGTERM else Interrupted
