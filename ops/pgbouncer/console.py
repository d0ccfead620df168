"""PgBouncer's console, for those who only look."""

from __future__ import annotations

import os

import psycopg
from psycopg.rows import DictRow, dict_row

MICRO = 1_000_000  # the console counts in microseconds
TIMEOUT = 5  # seconds to connect


def connect(host: str, port: str, user: str) -> psycopg.Connection[DictRow]:
    """Return a connection to the console, with POOLER_STATS_PASSWORD; raise psycopg.Error if none answers.

    PGSSLMODE and PGSSLROOTCERT say how the certificate is checked.
    """
    return psycopg.connect(
        host=host,
        port=port,
        user=user,
        password=os.environ.get("POOLER_STATS_PASSWORD"),
        dbname="pgbouncer",
        autocommit=True,
        connect_timeout=TIMEOUT,
        row_factory=dict_row,
    )


def idle(pool: DictRow) -> int:
    """Return how many server connections of a row of SHOW POOLS no client has."""
    return int(pool["sv_idle"]) + int(pool["sv_used"]) + int(pool["sv_tested"])


def wait(pool: DictRow) -> float:
    """Return how long, in seconds, the first client in that pool's queue has waited."""
    return int(pool["maxwait"]) + int(pool["maxwait_us"]) / MICRO
