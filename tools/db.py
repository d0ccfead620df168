"""footing db: the embedded server of a checkout, and psql."""

from __future__ import annotations

import os
import shutil
import sys

import click
import psycopg as driver

from runner import session as sessions
from runner.commands.common import json_option, reads, yes_option
from runner.errors import Exit, RunnerError
from runner.output import Output
from runner.session import Options
from runner.settings import Target, named_target
from tools import embedded


@click.group()
def db() -> None:
    """Start, stop and reach the embedded server of this checkout: for newcomers, not for a deploy host.

    Only `db reset` is destructive.

    \b
    Example:
      footing db start
      footing db psql
    """


@db.command()
@json_option
def start(as_json: bool) -> None:
    """Start the embedded server; nothing to do where it runs. Not destructive.

    \b
    Example:
      footing db start
    """
    output = Output("db start", as_json=as_json)
    target = embedded.start(output)
    output.line(target.url())
    output.finish(url=target.url())


@db.command()
@json_option
def stop(as_json: bool) -> None:
    """Stop the embedded server; its data stays. Not destructive.

    \b
    Example:
      footing db stop
    """
    output = Output("db stop", as_json=as_json)
    stopped = embedded.stop()
    output.line("the embedded server is stopped; its data stays" if stopped else "it is not running")
    output.finish(stopped=stopped)


@db.command()
@json_option
@yes_option
def reset(as_json: bool, yes: bool) -> None:
    """Stop the embedded server and delete its data. Destructive; refuses any other database.

    \b
    Example:
      footing db reset --yes
    """
    output = Output("db reset", as_json=as_json)
    target = named_target(None)
    if target is not None:
        raise RunnerError.usage(
            f"{target.source} names a database that is not the embedded one; reset deletes only that",
            f"unset it to reset the embedded database in {embedded.home()}",
        )
    if not embedded.exists():
        output.line("there is no embedded database here")
        output.finish(deleted=False)
        return
    if not yes and not click.confirm(f"Delete the embedded database in {embedded.home()}?", err=True):
        raise RunnerError.declined()
    embedded.delete()
    output.line("the embedded database is deleted")
    output.finish(deleted=True)


@db.command()
@reads
def url(options: Options, output: Output) -> None:
    """Print the database's URI, without its password. Reads only (starts the embedded server if needed).

    \b
    Example:
      psql "$(footing db url)"
    """
    target = sessions.resolve(options, output)
    output.line(target.url())
    output.finish(url=target.url())


@db.command(context_settings={"ignore_unknown_options": True})
@click.option("-d", "--database", metavar="CONNINFO", help="libpq URI or keyword string.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(database: str | None, arguments: tuple[str, ...]) -> None:
    """Open psql on the database; arguments go to psql. The password goes by environment, never in `ps`.

    \b
    Example:
      footing db psql -- -c 'SELECT now()'
    """
    target = sessions.resolve(Options(database), Output("db psql", as_json=False))
    program = shutil.which("psql") or embedded.program("psql")
    if program is None:
        raise RunnerError(
            Exit.INTERNAL, "no_psql", "there is no psql here",
            "install PostgreSQL's client programs (Debian: apt-get install postgresql-client)",
        )  # fmt: skip
    sys.stdout.flush()
    os.execve(program, [program, *arguments], environment(target))


def environment(target: Target) -> dict[str, str]:
    """Put a connection string into the variables that libpq reads."""
    environment = dict(os.environ)
    for option in driver.pq.Conninfo.get_defaults():
        value = target.params.get(option.keyword.decode())
        if value is not None and option.envvar:
            environment[option.envvar.decode()] = value
    return environment
