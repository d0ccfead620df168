"""psycopg 3 through PgBouncer: a transaction for one person, tried again where the connection breaks.

And many rows by one statement, whose parameters are the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import psycopg

T = TypeVar("T")

# A connection that breaks is an OperationalError, or an InternalError where two messages come at once.
BROKEN = (psycopg.OperationalError, psycopg.InternalError)
TRIES = 5


class Client:
    """One connection, kept: a log-in costs TLS and SCRAM, an idle client costs the pooler nothing.

    One for each thread; processes times threads must stay below PgBouncer's thousand clients.
    """

    def __init__(self, url: str) -> None:
        """Remember where; nothing is opened yet."""
        self._url = url
        self._connection: psycopg.Connection | None = None

    def in_transaction(self, person: int, work: Callable[[psycopg.Connection], T]) -> T:
        """Run work in a transaction of that person; up to five times, where the connection breaks.

        Work may run again although its first run was committed: let it say ON CONFLICT DO NOTHING.
        """
        for attempt in range(1, TRIES + 1):
            try:
                connection = self._connect()
                with connection.transaction():
                    # `true`: for this transaction only. A plain SET would be the next client's as well.
                    connection.execute("SELECT set_config('app.user_id', %s, true)", [str(person)])
                    return work(connection)
            except BROKEN:
                self.close()
                if attempt == TRIES:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connection; the next transaction opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,  # transactions are opened above, never by accident
                prepare_threshold=None,  # the next transaction may run on another server connection
                connect_timeout=10,
                application_name="webtest_api",
            )
        return self._connection


# The types are said, for a column may be all NULL. What is there already is a first try that came through.
WRITE_EXECUTIONS = """
    INSERT INTO test_executions (
        execution_id, test_id, project_id, result, execution_time, started_at, completed_at
    )
    SELECT * FROM unnest(
        %s::text[], %s::bigint[], %s::bigint[],
        %s::text[], %s::float8[], %s::timestamptz[], %s::timestamptz[]
    )
    ON CONFLICT (execution_id) DO NOTHING
"""


def write_executions(connection: psycopg.Connection, rows: Iterable[tuple[Any, ...]]) -> int:
    """Write executions, in the order of the statement's columns; return how many were not there yet.

    For in_transaction(). Some thousand rows at a time: all of them are refused where one is.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    return connection.execute(WRITE_EXECUTIONS, columns).rowcount if columns else 0
