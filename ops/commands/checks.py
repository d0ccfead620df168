"""Is a database fit to serve, or to deploy to? Each check has a limit, a state and a reason."""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import psycopg

from ops.commands import QUERIES
from runner import files, records
from runner.connection import value as value_of
from runner.errors import RunnerError
from runner.settings import Target, application_name, query, redact

STATES = ("ok", "warn", "unknown", "fail")  # from good to bad; what could not be asked is never good
Facts = dict[str, Any]
_NAMED = 5  # pending migrations in a detail


@dataclass(frozen=True)
class Limit:
    """Where a check's value begins to be worth a warning, and where it fails."""

    meaning: str
    fail: float
    warn: float | None = None
    at_least: bool = False  # whether less is worse

    def state(self, value: float, fail: float) -> str:
        """Compare a value with the limits; a limit that was set moves the warning along."""
        sign = -1 if self.at_least else 1
        warn = fail if self.warn is None else self.warn * fail / self.fail if self.fail else self.warn
        if sign * value > sign * fail:
            return "fail"
        return "warn" if sign * value > sign * warn else "ok"


LIMITS = {
    "connect": Limit("milliseconds to connect", 1000, 300),
    "round_trip": Limit("milliseconds for a query and its answer", 250, 50),
    "writable": Limit("0 takes writes, 1 is a standby: 1 lets a standby pass", 0),
    "migrations": Limit("migrations that are pending", 0),
    "connections": Limit("share of the connections in use", 0.9, 0.75),
    "invalid_indexes": Limit("invalid indexes, those being built apart", 0),
    "replicas": Limit("servers that stream from this one, at least", 0, at_least=True),
    "replication": Limit("bytes that the last follower, or this standby, is behind", 100e6, 50e6),
    "slots": Limit("bytes of WAL kept for a replication slot", 10e9, 1e9),
    "archiver": Limit("seconds that archiving has failed", 300, 0),
    "partitions": Limit("months that every log can still be written, at least", 2, 6, at_least=True),
    "materialized_views": Limit("seconds that the oldest figures are old", 3600, 1800),
    "wraparound": Limit("share of the transaction numbers used", 0.75, 0.5),
}
_MEASURED = [name for name in LIMITS if name not in ("connect", "round_trip", "migrations")]
# What a value of NULL means, where it means something; elsewhere it could not be told.
_NOTHING = {"archiver": "warn", "replication": "fail", "materialized_views": "fail"}


def limits(given: tuple[str, ...]) -> dict[str, float]:
    """Return each check's limit: NAME=VALUE as given, or FOOTING_HEALTH_NAME, or ours."""
    named = {name: os.environ.get(f"FOOTING_HEALTH_{name.upper()}", "") for name in LIMITS}
    for text in given:
        name, equals, value = text.partition("=")
        if name not in LIMITS or not equals:
            raise RunnerError.usage(f"{text} is not a limit", f"write NAME=VALUE, of: {', '.join(LIMITS)}")
        named[name] = value
    try:
        return {name: float(value) if value else LIMITS[name].fail for name, value in named.items()}
    except ValueError as error:
        raise RunnerError.usage(f"a limit is not a number: {error}") from None


def check(target: Target, root: Path, limit: dict[str, float], timeout: float) -> Facts:
    """Return every check's facts within `timeout` seconds, whatever the server does or does not do.

    The work is a thread's: one can leave a thread behind that waits for a server that never answers.
    """
    checkup = Checkup(target, root, limit, timeout)
    worker = threading.Thread(target=checkup.work, daemon=True)
    began = time.monotonic()
    worker.start()
    worker.join(timeout)
    late = worker.is_alive()
    done = Checkup(target, root, limit, timeout, dict(checkup.found))  # the thread may go on with its own
    if "connect" not in done.found:
        done.note("connect", None, f"no connection within {timeout:g} s", "fail")
    for name in LIMITS:
        if name not in done.found:
            lost = "not asked: the connection was lost, or never made"
            done.note(name, None, f"no answer within {timeout:g} s" if late else lost, "unknown")
    state = max((facts["state"] for facts in done.found.values()), key=STATES.index)
    spent = round((time.monotonic() - began) * 1000, 1)
    return {"state": state, "milliseconds": spent, "checks": {name: done.found[name] for name in LIMITS}}


@dataclass
class Checkup:
    """One look at a database, and what each check has found so far."""

    target: Target
    root: Path
    limit: dict[str, float]
    timeout: float
    found: dict[str, Facts] = field(default_factory=dict)

    def note(self, name: str, value: float | None, detail: str = "", state: str | None = None) -> None:
        """Note what a check found; its state follows from its value where none is given."""
        limit = self.limit[name]
        if state is None:
            state = LIMITS[name].state(value, limit) if value is not None else "unknown"
        unit = LIMITS[name].meaning
        self.found[name] = {"state": state, "value": value, "limit": limit, "unit": unit, "detail": detail}

    def work(self) -> None:
        """Connect and ask, one check after the other. Raises nothing: a failure is a check's result."""
        asking, began = "connect", time.monotonic()
        try:
            with self._connect() as connection:
                self.note("connect", _milliseconds_since(began))
                asking = "round_trip"
                self._ask_all(connection)
        except (psycopg.Error, OSError) as error:
            if asking not in self.found:
                self.note(asking, None, redact(str(error)).strip(), "fail")

    def _connect(self) -> psycopg.Connection:
        host = self.target.params.get("host", os.environ.get("PGHOST", ""))
        named = host and not host.startswith(("/", "@")) and "," not in host
        if named and "hostaddr" not in self.target.params:
            socket.getaddrinfo(host, None)  # libpq asks again, but would stop every thread while it does
        conninfo = self.target.conninfo(
            application_name=application_name("health"),
            connect_timeout=str(max(2, ceil(self.timeout))),
            tcp_user_timeout=str(round(self.timeout * 1000)),
        )
        return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)

    def _ask_all(self, connection: psycopg.Connection) -> None:
        connection.execute(query("reading"))
        milliseconds = max(1, round(self.timeout * 1000 / 2))
        for name in ("statement_timeout", "lock_timeout"):
            connection.execute(f"SET LOCAL {name} = {milliseconds}".encode())
        began = time.monotonic()
        connection.execute("SELECT 1")
        self.note("round_trip", _milliseconds_since(began))
        for name in (*_MEASURED, "migrations"):
            self._ask(connection, name)

    def _ask(self, connection: psycopg.Connection, name: str) -> None:
        """Ask within a savepoint: what one check lacks is unknown, and no other check's trouble."""
        try:
            with connection.transaction():
                if name == "migrations":
                    self.note(name, *_migrations(connection, self.root))
                else:
                    self._measure(connection, name)
        except psycopg.Error as error:
            self.note(name, None, error.diag.message_primary or str(error), "unknown")
        except RunnerError as error:
            self.note(name, None, error.message, "unknown")

    def _measure(self, connection: psycopg.Connection, name: str) -> None:
        """Run a check's query, which returns a value and a detail."""
        value, detail = connection.execute(query(f"health/{name}", QUERIES)).fetchone() or (
            None,
            "nothing to measure",
        )
        if value is None:
            return self.note(name, None, detail, _NOTHING.get(name))
        state = "fail" if "lost" in detail else LIMITS[name].state(float(value), self.limit[name])
        if state == "ok" and "never" in detail:
            state = "warn"
        return self.note(name, float(value), detail, state)


def _milliseconds_since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)


def _migrations(connection: psycopg.Connection, root: Path) -> tuple[int, str, str]:
    """Compare the files with the records. A record without its file is a newer release's: no failure."""
    found = files.find(root)
    recorded = value_of(connection, b"SELECT pg_catalog.to_regclass('footing.checksums') IS NOT NULL")
    known = records.read(connection, recorded=recorded)
    applied = {record.id for record in known if record.state == "applied"}
    pending = [file.id for file in found if file.id not in applied]
    problems = {problem.kind: problem for problem in records.compare(found, known)}
    newer = problems.pop("missing", None)
    if pending:
        more = " …" if len(pending) > _NAMED else ""
        return len(pending), f"pending: {', '.join(pending[:_NAMED])}{more}", "fail"
    if problems:
        return 0, next(iter(problems.values())).message, "fail"
    return (0, newer.message, "warn") if newer else (0, f"{len(found)} applied", "ok")
