"""Connecting: patiently, safely, and with plain words when it fails."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row, scalar_row

from runner import settings
from runner.errors import RunnerError
from runner.settings import Target, application_name, redact

OWNER = "footing_owner"
OLDEST_SERVER = 150_000  # security_invoker views and nulls-aware uniqueness came with 15

# A session is the runner's own: not even its first question is cut by a limit that the login has.
_UNLIMITED = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0"
# What a server that is coming up, or a primary that is being chosen, says until then.
_PASSING = ("refused", "No such file", "starting up", "shutting down", "recovery mode", "timeout",
            "accepting connections", "could not translate", "failed to resolve",
            "session is read-only")  # fmt: skip
# Why there is no connection: libpq tells it in words only. What is said, code, next step.
_REASONS = (
    ("database .* does not exist", "no_database",
     "create it (createdb, or CREATE DATABASE … as a superuser), then run this again"),
    ("role .* does not exist", "no_login", "create the login, or name another in the connection string"),
    ("password|authentication", "authentication",
     "check the user and its password (PGPASSWORD, ~/.pgpass, DATABASE_URL)"),
    ("permission denied for database", "no_connect", "its owner runs: GRANT CONNECT ON DATABASE … TO …"),
    ("no pg_hba.conf entry", "pg_hba", "pg_hba.conf there must allow this login from here"),
    ("session is read-only", "no_primary", "none of the hosts is a primary that takes writes"),
    ("too many clients|connection slots", "too_many", "free a connection slot"),
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """What the first query told about the other end."""

    pid: int
    standby: bool
    read_only: bool
    version: int
    superuser: bool
    bootstrapped: bool
    member: bool
    may_create: bool
    recorded: bool
    database: str
    login: str


def connect(target: Target, verb: str, *, write: bool, wait: float = 0) -> psycopg.Connection:
    """Return an autocommit connection, waiting up to `wait` seconds for a server that is not up.

    Raises RunnerError for anything that keeps it from connecting, in plain words.
    """
    deadline = time.monotonic() + wait
    pause = 0.05
    while True:
        try:
            return _open(target, verb, write)
        except psycopg.OperationalError as error:
            left = deadline - time.monotonic()
            if left <= 0 or not _may_pass(error):
                raise _explained(error, target, wait) from None
        time.sleep(min(pause, left))
        pause = min(pause * 2, 1.0)


def probe(connection: psycopg.Connection) -> Server:
    """Ask the server what it is, and refuse a pooler. Reads only."""
    server = connection.cursor(row_factory=class_row(Server)).execute(settings.query("probe")).fetchone()
    assert server is not None  # noqa: S101 (current_user always has a row in pg_roles)
    if server.pid != connection.info.backend_pid:
        raise _pooled("the session that answers is not the one connected to")
    if server.version < OLDEST_SERVER:
        raise RunnerError.unsafe(
            "old_server", f"PostgreSQL {server.version // 10_000} is too old", "use PostgreSQL 15 or newer"
        )
    return server


def value(connection: psycopg.Connection, statement: bytes, *parameters: Any) -> Any:
    """Return the first column of the first row that a statement returns, or None where it returns none."""
    return connection.cursor(row_factory=scalar_row).execute(statement, parameters or None).fetchone()


def require_writable(server: Server) -> None:
    """Refuse a standby and a server set to read-only."""
    if server.standby:
        raise RunnerError.unsafe(
            "standby",
            "this server is a standby, which can't be migrated",
            "connect to the primary; with several hosts add target_session_attrs=read-write",
        )
    if server.read_only:
        raise RunnerError.unsafe(
            "read_only",
            f"sessions of {server.login} in database {server.database} are read-only "
            "(default_transaction_read_only is on)",
            "unset it for this login or database, or connect as another login",
        )


def prepare_migrating(connection: psycopg.Connection, server: Server) -> None:
    """Become the owner and drop the limits of the login. Raises RunnerError without the right to."""
    if not server.superuser and not server.member:
        raise RunnerError.connection(
            "not_member",
            f"{server.login} is not a member of {OWNER}, which owns every object here",
            f"a superuser runs: GRANT {OWNER} TO {server.login};",
        )
    if not server.may_create:
        raise RunnerError.connection(
            "no_create",
            f"{OWNER} may not create schemas in database {server.database}",
            f"a superuser runs sql/bootstrap.sql in database {server.database} (footing bootstrap)",
        )
    connection.execute(settings.query("migrating"))


def prepare_reading(connection: psycopg.Connection) -> None:
    """Open the one read-only transaction, with one snapshot, that a reading command works in."""
    connection.execute(settings.query("reading"))


def _open(target: Target, verb: str, write: bool) -> psycopg.Connection:
    given = target.params
    options = given.get("options", os.environ.get("PGOPTIONS", ""))
    more = {"application_name": application_name(verb), "options": f"{options} {_UNLIMITED}".lstrip()}
    for keyword, value in (("connect_timeout", "10"), ("keepalives_idle", "30")):
        if keyword not in given:
            more[keyword] = value
    hosts = given.get("host", os.environ.get("PGHOST", "")) + given.get("hostaddr", "")
    if write and "," in hosts:
        more.setdefault("target_session_attrs", given.get("target_session_attrs", "read-write"))
    return psycopg.connect(target.conninfo(**more), autocommit=True, prepare_threshold=None)


def _may_pass(error: psycopg.OperationalError) -> bool:
    """Tell whether waiting can help: no server yet, or one that is starting."""
    return any(words in str(error) for words in _PASSING)


def _pooled(told: str) -> RunnerError:
    hint = "connect to PostgreSQL itself (its own host and port, not PgBouncer's)"
    return RunnerError.unsafe("pooler", f"this connection goes through a pooler: {told}", hint)


def _explained(error: psycopg.OperationalError, target: Target, wait: float) -> RunnerError:
    text = redact(str(error)).strip()
    if "unsupported startup parameter" in text:
        return _pooled(text)
    for pattern, code, hint in _REASONS:
        if re.search(pattern, text):
            return RunnerError.connection(code, text, hint)
    waited = f" within {wait:g} s" if wait else ""
    hint = "is it up, and are host and port right? --wait SECONDS waits for a server that is starting"
    return RunnerError.connection("unreachable", f"no server answered{waited}: {text}", hint)
