"""Opens a database for a command: which one, in which state, and with what right to touch it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from runner import connection as connections
from runner import files, locking, records, settings
from runner.errors import RunnerError
from runner.files import MigrationFile
from runner.output import Output
from runner.records import Problem, Record
from runner.settings import Target


@dataclass
class Options:
    """What every command that reaches a database understands."""

    database: str | None = None
    source: str | None = None
    as_json: bool = False
    wait: float = 0.0
    lock_wait: float | None = None

    @property
    def root(self) -> Path:
        """The folder with the numbered files."""
        return settings.sql_root(self.source)


@dataclass
class Session:
    """An open database beside the files: what both say, and where they disagree."""

    target: Target
    connection: psycopg.Connection
    server: connections.Server
    files: list[MigrationFile]
    records: list[Record]

    @property
    def problems(self) -> list[Problem]:
        """Every disagreement between files and records."""
        return records.compare(self.files, self.records)

    @property
    def pending(self) -> list[MigrationFile]:
        """The files that are not applied, in order; one that was cut short is pending too."""
        applied = {record.id for record in self.records if record.state not in ("started", "reverting")}
        return [file for file in self.files if file.id not in applied]

    def file(self, identity: str) -> MigrationFile:
        """Return the file of a record."""
        return next(file for file in self.files if file.id == identity)

    def refuse_drift(self, *, allowing: tuple[str, ...] = ()) -> None:
        """Raise RunnerError where files and records disagree, other than in the kinds allowed."""
        problems = [problem.facts() for problem in self.problems if problem.kind not in allowing]
        if problems:
            raise RunnerError.drift(problems)


def resolve(options: Options, output: Output) -> Target:
    """Return the database to use, starting the embedded server where no database is named."""
    target = settings.named_target(options.database)
    if target is None:
        target = _newcomers(output)
    output.target = target
    return target


def _newcomers(output: Output) -> Target:
    """Start the embedded server, where there is one: in a checkout, with the extra installed."""
    try:
        from tools import embedded  # a deploy host has no use for it
    except ImportError:
        raise RunnerError.usage("no database is named", "set DATABASE_URL, or give --database") from None
    return embedded.start(output)


@contextmanager
def reading(options: Options, verb: str, output: Output, *, write: bool = False) -> Iterator[Session]:
    """Open a read-only session: one snapshot, no lock, nothing written; `write`: where that could be."""
    found = files.find(options.root)
    target = resolve(options, output)
    with _closing(connections.connect(target, verb, write=write, wait=options.wait)) as connection:
        server = connections.probe(connection)
        if write:
            connections.require_writable(server)
        output.facts["database_name"] = server.database
        connections.prepare_reading(connection)
        known = records.read(connection, recorded=server.recorded)
        yield Session(target, connection, server, found, known)


@contextmanager
def looking(options: Options, verb: str, output: Output) -> Iterator[psycopg.Connection]:
    """Open a read-only session without the files: one snapshot, no lock, nothing written."""
    target = resolve(options, output)
    with _closing(connections.connect(target, verb, write=False, wait=options.wait)) as connection:
        output.facts["database_name"] = connections.probe(connection).database
        connections.prepare_reading(connection)
        yield connection


@contextmanager
def migrating(options: Options, verb: str, output: Output) -> Iterator[Session]:
    """Open the one session that may change things: it holds the migration lock and acts as the owner.

    The records are read inside the lock, so that a plan made from them is never stale.
    """
    found = files.find(options.root)
    target = resolve(options, output)
    with _closing(connections.connect(target, verb, write=True, wait=options.wait)) as connection:
        connection.add_notice_handler(output.notice)
        server = connections.probe(connection)
        output.facts["database_name"] = server.database
        connections.require_writable(server)
        if locking.acquire(
            connection, _patience(options), lambda text: output.aside(f"  {text}", fg="yellow")
        ):
            found = files.find(options.root)  # the holder may have been a newer release
        if not (server.bootstrapped and server.may_create and server.recorded):
            server = _bootstrapped(connection, options, output)
        connections.prepare_migrating(connection, server)
        known = records.read(connection, recorded=server.recorded)
        yield Session(target, connection, server, found, known)


@contextmanager
def working(options: Options, verb: str, output: Output) -> Iterator[psycopg.Connection]:
    """Open an autocommit session that acts as the owner, beside migrations and others of its kind."""
    target = resolve(options, output)
    with _closing(connections.connect(target, verb, write=True, wait=options.wait)) as connection:
        connection.add_notice_handler(output.notice)
        server = connections.probe(connection)
        output.facts["database_name"] = server.database
        connections.require_writable(server)
        if not server.bootstrapped:
            raise bootstrap_needed(server)
        connections.prepare_migrating(connection, server)
        yield connection


def run_bootstrap(connection: psycopg.Connection, options: Options) -> None:
    """Run sql/bootstrap.sql, which is idempotent, on this connection. Needs a superuser."""
    here = options.root / "bootstrap.sql"
    connection.execute((here if here.exists() else settings.home() / "bootstrap.sql").read_bytes())


def bootstrap_needed(server: connections.Server) -> RunnerError:
    """Say that a superuser must prepare the server, and how."""
    return RunnerError.connection(
        "not_bootstrapped",
        f"database {server.database} is not prepared: its roles or {connections.OWNER}'s right to create "
        f"are missing, and {server.login} is not a superuser",
        f"a superuser runs once: psql -d {server.database} -f sql/bootstrap.sql (or: footing bootstrap), "
        f"and then: GRANT {connections.OWNER} TO {server.login};",
    )


def _bootstrapped(connection: psycopg.Connection, options: Options, output: Output) -> connections.Server:
    """Look again, now that nobody else is at it, and prepare the server where it must be and can be."""
    server = connections.probe(connection)
    if server.bootstrapped and server.may_create:
        return server
    if not server.superuser:
        raise bootstrap_needed(server)
    output.aside("  preparing the server first (sql/bootstrap.sql): roles and the owner's right to create")
    run_bootstrap(connection, options)
    return connections.probe(connection)


def _patience(options: Options) -> float:
    if options.lock_wait is not None:
        return options.lock_wait
    return settings.seconds("FOOTING_LOCK_WAIT", 300)


@contextmanager
def _closing(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Close without psycopg's commit-or-rollback: each statement of ours has already settled that."""
    try:
        yield connection
    finally:
        connection.close()
