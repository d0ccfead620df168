"""The command line: its options, its exit codes, and nothing else. Commands are in runner/commands/."""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from runner import __version__
from runner.errors import Exit, Interrupted, RunnerError, Terminated

# Where each command lives. Only the one that runs is imported; tools/ is there in a checkout only.
COMMANDS = {
    "migrate": "runner.commands.migrating",
    "rollback": "runner.commands.reverting",
    "status": "runner.commands.reading",
    "plan": "runner.commands.reading",
    "verify": "runner.commands.reading",
    "refresh": "ops.commands.refresh",
    "report": "ops.commands.report",
    "health": "ops.commands.health",
    "maintain": "ops.commands.maintain",
    "adopt": "runner.commands.preparing",
    "bootstrap": "runner.commands.preparing",
}
if (Path(__file__).parents[1] / "tools" / "new.py").exists():
    COMMANDS |= {"redo": "tools.redo", "new": "tools.new", "db": "tools.db"}
_STOPS = (signal.SIGINT, signal.SIGTERM)
_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]*@|\bpassword\s*=")
_OPTION = re.compile(r"(--database=|-d(?=.))?(.*)", re.DOTALL)


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command. Signals wait meanwhile: half a module can't say what befell it."""
        if cmd_name not in COMMANDS:
            return None
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        try:
            command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="footing")
def cli() -> None:
    """Apply and check the numbered SQL of this repository.

    The database is named by --database, DATABASE_URL or the PG* variables of libpq, in this order.
    Where none is named, an embedded PostgreSQL in the checkout's .footing folder is used, if the
    `embedded` extra is installed.

    \b
    Exit codes:
      0    done, or nothing to do
      1    a defect, a question answered with no, or a health check that failed
      2    usage: the command line or a setting is wrong
      3    migrations are pending (--exit-code)
      4    files and records disagree: changed, missing, renamed, out of order
      5    another runner, or a lock that could not be had
      6    the server refused a statement
      7    unsafe connection: pooler, standby, read-only, too old
      8    no connection, no such database, a missing role or privilege
      9    a file breaks the rules of docs/conventions.md
      130  interrupted (SIGINT), 143 terminated (SIGTERM)

    \b
    Example:
      footing migrate --database postgresql://deploy@db.example.org/footing
    """


def main() -> NoReturn:
    """Run the command line and exit with a documented code."""
    gc.disable()  # a short life that frees little: collecting garbage took a tenth of a no-op
    _hide_passwords()
    for number in _STOPS:
        signal.signal(number, _stop)
    try:
        code = cli.main(standalone_mode=False)  # what a command asked to exit with, if it did
    except RunnerError as error:
        failure = error
    except click.ClickException as error:
        if "--json" not in sys.argv:
            error.show()
            sys.exit(Exit.USAGE)
        failure = RunnerError.usage(error.format_message())
    except (click.Abort, KeyboardInterrupt) as stop:
        failure = _stopped(stop)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.INTERNAL)
    except Exception as error:
        failure = _translated(error)
    else:
        sys.exit(code or Exit.OK)
    _fail(failure)


def _translated(error: Exception) -> RunnerError:
    """Turn an error no command expected into words; a defect keeps its traceback with FOOTING_DEBUG."""
    if os.environ.get("FOOTING_DEBUG"):
        raise error
    from runner.unexpected import translated  # only when something went wrong

    return translated(error)


def _stopped(stop: BaseException) -> RunnerError:
    """Say which signal ended it; click gives up a question in the same way where the input ends."""
    behind = stop.__context__ if isinstance(stop, click.Abort) else stop
    if not isinstance(behind, KeyboardInterrupt):
        return RunnerError.declined()
    code = Exit.TERMINATED if isinstance(behind, Terminated) else Exit.INTERRUPTED
    word = code.name.lower()
    message = f"{word}: what was committed is recorded, the rest was undone"
    return RunnerError(code, word, message, "run the same command again to go on")


def _fail(error: RunnerError) -> NoReturn:
    from runner.output import Output  # --help and --version never need it

    name = next((word for word in sys.argv[1:] if word in COMMANDS), "footing")
    Output(name, as_json="--json" in sys.argv).fail(error)


def _stop(number: int, _: object) -> NoReturn:
    raise Terminated if number == signal.SIGTERM else Interrupted


def _hide_passwords() -> None:
    """Start again without a password in the arguments, where `ps` would show it to everyone.

    The connection string goes on in an environment variable that only this user can read.
    """
    for position, argument in enumerate(sys.argv[1:], 1):
        if _PASSWORD.search(argument):
            option, value = _OPTION.match(argument).groups("")  # type: ignore[union-attr]
            kept = [*sys.argv[1:position], f"{option}@FOOTING_DATABASE", *sys.argv[position + 1 :]]
            environment = {**os.environ, "FOOTING_DATABASE": value}
            os.execve(sys.executable, [sys.executable, "-m", "runner", *kept], environment)
