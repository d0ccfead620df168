"""Opens a database for a command: which one, in which state, and with what right to touch it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
    """What every command that reaches a database understands; the last three only where it changes one."""

    database: str | None = None
    source: str | None = None
    as_json: bool = False
    wait: float = 0.0
    lock_wait: float = 300.0
    lock_timeout: str = "5s"
    lock_tries: int = 10

    @property
    def root(self) -> Path:
        """The folder with the numbered files."""
        return settings.sql_root(self.source)

    def beside(self, name: str) -> Path:
        """Return what lies beside the numbered files under this name, or else the repository's own."""
        here = self.root / name
        return here if here.exists() else settings.home() / name


@dataclass
class Session:
    """An open database beside the files: what both say, and where they disagree."""

    options: Options
    target: Target
    connection: psycopg.Connection
    server: connections.Server
    files: list[MigrationFile] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

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
        problems = [problem for problem in self.problems if problem.kind not in allowing]
        if problems:
            raise RunnerError.drift(problems)


def resolve(options: Options, output: Output) -> Target:
    """Return the database to use, starting the embedded server where no database is named."""
    output.target = settings.named_target(options.database) or _newcomers(output)
    return output.target


def _newcomers(output: Output) -> Target:
    """Start the embedded server, where there is one: in a checkout, with the extra installed."""
    try:
        from tools import embedded  # a deploy host has no use for it
    except ImportError:
        raise RunnerError.usage("no database is named", "set DATABASE_URL, or give --database") from None
    return embedded.start(output)


@contextmanager
def opened(options: Options, verb: str, output: Output, *, write: bool = False) -> Iterator[Session]:
    """Connect and look who answers, without the files; `write` refuses whatever can't be written to.

    It closes without psycopg's commit-or-rollback: each statement of ours has already settled that.
    """
    target = resolve(options, output)
    connection = connections.connect(target, verb, write=write, wait=options.wait)
    try:
        server = connections.probe(connection)
        output.facts["database_name"] = server.database
        if write:
            connection.add_notice_handler(output.notice)
            connections.require_writable(server)
        yield Session(options, target, connection, server)
    finally:
        connection.close()


@contextmanager
def reading(options: Options, verb: str, output: Output, *, write: bool = False) -> Iterator[Session]:
    """Open a read-only session: one snapshot, no lock, nothing written; `write`: where that could be."""
    found = files.find(options.root)
    with opened(options, verb, output, write=write) as session:
        connections.prepare_reading(session.connection)
        session.files = found
        session.records = records.read(session.connection, recorded=session.server.recorded)
        yield session


@contextmanager
def looking(options: Options, verb: str, output: Output) -> Iterator[psycopg.Connection]:
    """Open a read-only session without the files: one snapshot, no lock, nothing written."""
    with opened(options, verb, output) as session:
        connections.prepare_reading(session.connection)
        yield session.connection


@contextmanager
def migrating(options: Options, verb: str, output: Output) -> Iterator[Session]:
    """Open the one session that may change things: it holds the migration lock and acts as the owner.

    The records are read inside the lock, so that a plan made from them is never stale.
    """
    found = files.find(options.root)
    with opened(options, verb, output, write=True) as session:
        if locking.acquire(session.connection, options.lock_wait, output.warn):
            found = files.find(options.root)  # the holder may have been a newer release
        if not (session.server.bootstrapped and session.server.may_create and session.server.recorded):
            session.server = _bootstrapped(session, output)
        connections.prepare_migrating(session.connection, session.server)
        session.files = found
        session.records = records.read(session.connection, recorded=session.server.recorded)
        yield session


@contextmanager
def working(options: Options, verb: str, output: Output) -> Iterator[psycopg.Connection]:
    """Open an autocommit session that acts as the owner, beside migrations and others of its kind."""
    with opened(options, verb, output, write=True) as session:
        if not session.server.bootstrapped:
            raise bootstrap_needed(session.server)
        connections.prepare_migrating(session.connection, session.server)
        yield session.connection


def run_bootstrap(session: Session) -> None:
    """Run sql/bootstrap.sql, which is idempotent. Raises RunnerError for a login that is no superuser."""
    if not session.server.superuser:
        raise bootstrap_needed(session.server)
    session.connection.execute(session.options.beside("bootstrap.sql").read_bytes())


def bootstrap_needed(server: connections.Server) -> RunnerError:
    """Say that a superuser must prepare the server, and how."""
    return RunnerError.connection(
        "not_bootstrapped",
        f"database {server.database} is not prepared: its roles or {connections.OWNER}'s right to create "
        f"are missing, and {server.login} is not a superuser",
        f"a superuser runs once: psql -d {server.database} -f sql/bootstrap.sql (or: footing bootstrap), "
        f"and then: GRANT {connections.OWNER} TO {server.login};",
    )


def _bootstrapped(session: Session, output: Output) -> connections.Server:
    """Look again, now that nobody else is at it, and prepare the server where it must be and can be."""
    server = connections.probe(session.connection)
    if server.bootstrapped and server.may_create:
        return server
    if server.superuser:
        output.warn("preparing the server first (sql/bootstrap.sql): roles and the owner's right to create")
    run_bootstrap(session)
    return connections.probe(session.connection)
