"""One migration run at a time: a session advisory lock, polled.

The blocking call would deadlock a CREATE INDEX CONCURRENTLY, which waits for every older snapshot,
the waiter's included. The lock lives on the migrating connection: when a runner is killed, the server
holds it until the orphaned statement has really ended, so nobody can race it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import psycopg

from runner.errors import RunnerError
from runner.settings import query

KEY = int.from_bytes(b"footing", "big")

_TRY = f"SELECT pg_catalog.pg_try_advisory_lock({KEY})"


def acquire(connection: psycopg.Connection, patience: float, say: Callable[[str], None]) -> bool:
    """Take the migration lock, waiting up to `patience` seconds and saying whom for; tell if it waited.

    Raises RunnerError naming the holder when the time is up. The lock ends with the connection.
    """
    deadline = time.monotonic() + patience
    told = None
    waited = False
    while not _got(connection):
        holder = _holder(connection)
        if holder and holder["pid"] != told:
            say(f"waiting for another runner to finish: {_described(holder)}")
            told = holder["pid"]
        if time.monotonic() >= deadline:
            raise _gave_up(holder, patience)
        waited = True
        time.sleep(random.uniform(0.05, 0.25))  # noqa: S311 (jitter, not a secret)
    return waited


def _got(connection: psycopg.Connection) -> bool:
    row = connection.execute(_TRY).fetchone()
    return bool(row and row[0])


def _holder(connection: psycopg.Connection) -> dict[str, str | int] | None:
    row = connection.execute(query("holder"), (KEY,)).fetchone()
    keys = ("pid", "application", "host", "user", "state", "since")
    return dict(zip(keys, row, strict=True)) if row else None


def _described(holder: dict[str, str | int]) -> str:
    return (
        f"server process {holder['pid']} of {holder['application'] or 'an unnamed application'} "
        f"from {holder['host']} as {holder['user']}, for {holder['since']}"
    )


def _gave_up(holder: dict[str, str | int] | None, patience: float) -> RunnerError:
    if holder is None:
        return RunnerError.locked("migration_lock", "another runner kept the migration lock", "run again")
    return RunnerError.locked(
        "migration_lock",
        f"another runner held the migration lock for {patience:g} s: {_described(holder)}",
        "wait for it (--lock-wait SECONDS), or, where that program is gone and stays gone, "
        f"end its session: SELECT pg_terminate_backend({holder['pid']});",
        holder=holder,
    )
