"""One migration run at a time: a session advisory lock, polled.

The blocking call would deadlock a CREATE INDEX CONCURRENTLY, which waits for every older snapshot,
the waiter's included. The lock lives on the migrating connection: when a runner is killed, the server
holds it until the orphaned statement has really ended, so nobody can race it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.rows import dict_row

from runner.connection import value
from runner.errors import RunnerError
from runner.settings import query

KEY = int.from_bytes(b"footing", "big")
_TRY = b"SELECT pg_catalog.pg_try_advisory_lock(%s)"
Holder = dict[str, Any]


def acquire(connection: psycopg.Connection, patience: float, say: Callable[[str], None]) -> bool:
    """Take the migration lock, waiting up to `patience` seconds and saying whom for; tell if it waited.

    Raises RunnerError naming the holder when the time is up. The lock ends with the connection.
    """
    deadline = time.monotonic() + patience
    told = None
    waited = False
    while not value(connection, _TRY, KEY):
        holder = _holder(connection)
        if holder and holder["pid"] != told:
            say(f"waiting for another runner to finish: {_described(holder)}")
            told = holder["pid"]
        if time.monotonic() >= deadline:
            raise _gave_up(holder, patience)
        waited = True
        time.sleep(random.uniform(0.05, 0.25))  # noqa: S311 (jitter, not a secret)
    return waited


def _holder(connection: psycopg.Connection) -> Holder | None:
    return connection.cursor(row_factory=dict_row).execute(query("holder"), (KEY,)).fetchone()


def _described(holder: Holder) -> str:
    return (
        f"server process {holder['pid']} of {holder['application'] or 'an unnamed application'} "
        f"from {holder['host']} as {holder['user']}, for {holder['since']}"
    )


def _gave_up(holder: Holder | None, patience: float) -> RunnerError:
    if holder is None:
        return RunnerError.locked("migration_lock", "another runner kept the migration lock", "run again")
    message = f"another runner held the migration lock for {patience:g} s: {_described(holder)}"
    hint = (
        "wait for it (--lock-wait SECONDS), or, where that program is gone and stays gone, "
        f"end its session: SELECT pg_terminate_backend({holder['pid']});"
    )
    return RunnerError.locked("migration_lock", message, hint, holder=holder)
