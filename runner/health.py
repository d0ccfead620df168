"""Is a database fit to serve, or to deploy to? Each check has a limit, a state and a reason."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import psycopg

from runner import files, records
from runner.errors import RunnerError
from runner.settings import Target, application_name, query, redact

STATES = ("ok", "warn", "unknown", "fail")  # from good to bad; what could not be asked is never good
Facts = dict[str, Any]


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
_ASKED = [name for name in LIMITS if name not in ("connect", "round_trip", "migrations")]
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
    checks: dict[str, Facts] = {}
    worker = threading.Thread(target=_work, args=(checks, target, root, limit, timeout), daemon=True)
    began = time.monotonic()
    worker.start()
    worker.join(timeout)
    done = dict(checks)
    if "connect" not in done:
        done["connect"] = _facts("connect", "fail", None, limit, f"no connection within {timeout:g} s")
    late = (
        f"no answer within {timeout:g} s"
        if worker.is_alive()
        else "not asked: the connection was lost, or never made"
    )
    for name in LIMITS:
        done.setdefault(name, _facts(name, "unknown", None, limit, late))
    state = max((facts["state"] for facts in done.values()), key=STATES.index)
    spent = round((time.monotonic() - began) * 1000, 1)
    return {"state": state, "milliseconds": spent, "checks": {name: done[name] for name in LIMITS}}


def _work(
    checks: dict[str, Facts], target: Target, root: Path, limit: dict[str, float], timeout: float
) -> None:
    began = time.monotonic()
    try:
        connection = _connect(target, timeout)
    except (psycopg.Error, OSError) as error:
        checks["connect"] = _facts("connect", "fail", None, limit, redact(str(error)).strip())
        return
    try:
        with connection:
            checks["connect"] = _measured("connect", began, limit)
            _ask_all(connection, checks, root, limit, timeout)
    except psycopg.Error as error:
        checks.setdefault(
            "round_trip", _facts("round_trip", "fail", None, limit, redact(str(error)).strip())
        )


def _ask_all(
    connection: psycopg.Connection,
    checks: dict[str, Facts],
    root: Path,
    limit: dict[str, float],
    timeout: float,
) -> None:
    connection.execute(query("reading"))
    milliseconds = max(1, round(timeout * 1000 / 2))
    connection.execute(f"SET LOCAL statement_timeout = {milliseconds}".encode())
    connection.execute(f"SET LOCAL lock_timeout = {milliseconds}".encode())
    began = time.monotonic()
    connection.execute("SELECT 1")
    checks["round_trip"] = _measured("round_trip", began, limit)
    for name in _ASKED:
        checks[name] = _asked(connection, name, limit)
    checks["migrations"] = _guarded(connection, "migrations", limit, lambda: _migrations(connection, root))


def _connect(target: Target, timeout: float) -> psycopg.Connection:
    host = target.params.get("host", os.environ.get("PGHOST", ""))
    if host and "hostaddr" not in target.params and not host.startswith(("/", "@")) and "," not in host:
        socket.getaddrinfo(host, None)  # libpq asks again, but would stop every thread while it does
    return psycopg.connect(
        target.conninfo(
            application_name=application_name("health"),
            connect_timeout=str(max(2, ceil(timeout))),
            tcp_user_timeout=str(round(timeout * 1000)),
        ),
        autocommit=True,
        prepare_threshold=None,
    )


def _measured(name: str, began: float, limit: dict[str, float]) -> Facts:
    value = round((time.monotonic() - began) * 1000, 1)
    return _facts(name, LIMITS[name].state(value, limit[name]), value, limit, "")


def _asked(connection: psycopg.Connection, name: str, limit: dict[str, float]) -> Facts:
    def ask() -> tuple[str, float | None, str]:
        row = connection.execute(query(f"health/{name}")).fetchone()
        value, detail = row or (None, "nothing to measure")
        if value is None:
            return _NOTHING.get(name, "unknown"), None, detail
        state = LIMITS[name].state(float(value), limit[name])
        if "lost" in detail:
            state = "fail"
        return max(state, "warn" if "never" in detail else "ok", key=STATES.index), float(value), detail

    return _guarded(connection, name, limit, ask)


def _guarded(
    connection: psycopg.Connection,
    name: str,
    limit: dict[str, float],
    ask: Callable[[], tuple[str, float | None, str]],
) -> Facts:
    """Ask within a savepoint: what one check lacks is unknown, and no other check's trouble."""
    try:
        with connection.transaction():
            state, value, detail = ask()
    except psycopg.Error as error:
        state, value, detail = "unknown", None, error.diag.message_primary or str(error)
    except RunnerError as error:
        state, value, detail = "unknown", None, error.message
    return _facts(name, state, value, limit, detail)


def _migrations(connection: psycopg.Connection, root: Path) -> tuple[str, float | None, str]:
    """Compare the files with the records. A record without its file is a newer release's: no failure."""
    found = files.find(root)
    there = connection.execute("SELECT pg_catalog.to_regclass('footing.checksums') IS NOT NULL").fetchone()
    known = records.read(connection, recorded=there == (True,))
    applied = {record.id for record in known if record.state == "applied"}
    pending = [file.id for file in found if file.id not in applied]
    problems = {problem.kind: problem for problem in records.compare(found, known)}
    newer = problems.pop("missing", None)
    if pending:
        return "fail", len(pending), f"pending: {', '.join(pending[:5])}{' …' if len(pending) > 5 else ''}"  # noqa: PLR2004
    if problems:
        return "fail", 0, next(iter(problems.values())).message
    return ("warn", 0, newer.message) if newer else ("ok", 0, f"{len(found)} applied")


def _facts(name: str, state: str, value: float | None, limit: dict[str, float], detail: str) -> Facts:
    return {
        "state": state,
        "value": value,
        "limit": limit[name],
        "unit": LIMITS[name].meaning,
        "detail": detail,
    }
