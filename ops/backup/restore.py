"""make restore: a dump becomes a database that was not there before, or one table of it does.

    python -m ops.backup.restore --from s3://backups/footing --into footing_restored
    python -m ops.backup.restore --from /srv/dumps/footing-20260102T030405Z --into one --table apex.projects

The server is the one the environment names (DATABASE_URL or PG* variables, any database of it), and the
login a superuser, for it makes roles and extensions. Nothing that is there is changed.
"""

from __future__ import annotations

import time

import click

from ops.backup import verify
from ops.backup.commands import run, speaks
from ops.backup.dumping import dumps
from ops.backup.manifest import NAMES, Manifest, Table
from ops.backup.places import Place, place
from ops.backup.programs import programs
from ops.backup.restoring import Restoring
from runner import connection as connections
from runner import session as sessions
from runner.errors import RunnerError
from runner.output import Output, elapsed
from runner.session import Options


@click.command()
@speaks
@click.option(
    "--from", "source", metavar="DUMP", required=True, help="A dump; or a place, for its newest dump."
)
@click.option("--into", metavar="NAME", required=True, help="The database to make.")
@click.option("--table", metavar="SCHEMA.TABLE", help="The rows of that table alone.")
@click.option(
    "--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="How many tables at once."
)
def restore(output: Output, source: str, into: str, table: str | None, jobs: int) -> None:
    """Restore a dump into a new database, compare every table's rows, and only then name it.

    With --table the new database has every table's definition, and the rows of that one alone, without
    indexes, foreign keys and triggers: look at them there, and copy back what is missed. Refuses a
    database that is there, unless it is empty. Roles the server lacks are made, without passwords.

    \b
    Exit codes: 0 restored, 2 usage, 4 the dump is damaged, 6 pg_restore failed, 7 a pooler, 8 no
    connection or no store, 130 and 143 interrupted. Then nothing is left.
    """
    began = time.monotonic()
    where, name, made = _chosen(source)
    tables = _wanted(made, table) if table else None
    target = sessions.resolve(Options(), output)
    connection = connections.connect(target, "restore", write=True)
    try:
        server = connections.probe(connection)
        connections.require_writable(server)
        if not server.superuser:
            raise RunnerError.connection(
                "not_superuser",
                f"{server.login} is no superuser",
                "connect as one: roles and extensions are made",
            )
        output.line(f"restoring {name} into {into}")
        with verify.folder(where, name, made.files) as dump:
            Restoring(connection, programs(connection, target), output).restore(
                made, dump, into, tables, jobs
            )
    finally:
        connection.close()
    rows = sum(found.rows for found in (made.tables if tables is None else tables))
    output.line(f"database {into}: {rows:,} rows, as in the dump ({elapsed(time.monotonic() - began)})")
    output.finish(name=name, into=into, rows=rows)


def _chosen(source: str) -> tuple[Place, str, Manifest]:
    """Return the dump that was named, or the newest of the place that was."""
    parent, _, name = source.rstrip("/").rpartition("/")
    if NAMES.fullmatch(name):
        where = place(parent or ".", NAMES)
        if made := dumps(where).get(name):
            return where, name, made
        raise RunnerError.usage(f"{source} is no finished dump", f"make dump/list TO={parent or '.'}")
    where = place(source, NAMES)
    found = dumps(where)
    if len({made.database for made in found.values()}) > 1:
        raise RunnerError.usage(
            f"{source} has dumps of several databases", "name one: make dump/list shows them"
        )
    if not found:
        raise RunnerError.usage(f"{source} has no finished dump", f"make dump/list TO={source}")
    newest = max(found)
    return where, newest, found[newest]


def _wanted(made: Manifest, table: str) -> list[Table]:
    """Return a table, with its partitions."""
    if not (found := made.wanted(table)):
        known = {name for each in made.tables for name in (str(each), each.partition_of) if name}
        near = ", ".join(sorted(name for name in known if name.endswith(f".{table.rpartition('.')[2]}")))
        raise RunnerError.usage(
            f"the dump has no table {table}" + (f", but {near}" if near else ""), "name it as schema.table"
        )
    return found


if __name__ == "__main__":
    run(restore)
