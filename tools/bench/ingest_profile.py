"""Where the time of an INSERT goes, and how much room a row takes: the second half of ingest.py."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg

from tools.bench.clock import Clock
from tools.bench.ingest import execute, opened
from tools.bench.place import Place
from tools.bench.rows import BATCH, COLUMNS, OURS, TABLES, Supply

SIZED = 100_000  # rows, written to empty copies of both tables
INDEX_BAR = 0.55  # our index bytes at most so many times theirs
BATCHES = 3
_ON = TABLES[OURS]
_DROP = f"ALTER TABLE {_ON} DROP CONSTRAINT test_executions_"
_CHECKS = f"""
DO $$
DECLARE
    name  text;
BEGIN
    FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = '{_ON}'::regclass AND contype = 'c' LOOP
        EXECUTE format('ALTER TABLE {_ON} DROP CONSTRAINT %I', name);
    END LOOP;
END
$$"""
_INDEX = "DROP INDEX webtest.idx_test_executions_"
# What is left out, one at a time: what an INSERT saves then is what that costs.
PARTS: dict[str, tuple[str, ...]] = {
    "foreign key to the case, with its project": (f"{_DROP}project_id_test_id_fkey",),
    "foreign key to the person": (f"{_DROP}user_id_fkey",),
    "seven CHECKs": (_CHECKS,),
    "row security": (f"ALTER TABLE {_ON} DISABLE ROW LEVEL SECURITY",),
    "the trigger for a missing project (its WHEN is false)": (
        f"DROP TRIGGER tg_test_executions__fill_project ON {_ON}",
    ),
    "unique index on execution_id": (f"{_DROP}execution_id_key",),
    "index on test_id, created_at": (f"{_INDEX}test_id_created_at",),
    "index on project_id, created_at": (f"{_INDEX}project_id_created_at",),
    "index on created_at": (f"{_INDEX}created_at",),
    "index on user_id": (f"{_INDEX}user_id",),
    "the partial indexes, failed and running": (
        f"{_INDEX}project_id_created_at_failed",
        f"{_INDEX}project_id_started_at_running",
    ),
}
EVERYTHING = "heap, primary key, parsing 1,000 rows of text: what is left"


def breakdown(place: Place, supply: Supply, rounds: int, progress: Callable[[], None]) -> dict[str, Any]:
    """Write with one thing left out at a time, in transactions that are rolled back; return µs a row.

    By the time of the server's process where it is known, which what else the machine does hardly
    touches, else by the wall. The median of the differences with a whole run beside each.
    """
    cost: dict[str, list[float]] = {}
    whole: list[float] = []
    for number in range(rounds + 1):
        for name, left_out in PARTS.items():
            usual, without = (_microseconds(place, supply, ddl) for ddl in ((), left_out))
            if number:
                whole.append(usual)
                cost.setdefault(name, []).append(usual - without)
        bare = _microseconds(place, supply, tuple(each for part in PARTS.values() for each in part))
        if number:
            cost.setdefault(EVERYTHING, []).append(bare)
        progress()
    parts = {name: round(statistics.median(costs), 1) for name, costs in cost.items()}
    return {"whole": round(statistics.median(whole), 1), "parts": parts}


def _microseconds(place: Place, supply: Supply, ddl: tuple[str, ...]) -> float:
    with opened(place, OURS, "NONE", supply.person) as connection:
        connection.execute("BEGIN")
        for statement in ddl:
            connection.execute(statement.encode())
        connection.execute("SET LOCAL ROLE authenticated_users")
        statements = [(supply.statement(_ON), None) for _ in range(BATCHES)]
        clock = Clock(connection, place).run(partial(execute, connection, statements))
        connection.execute("ROLLBACK")
    return (clock.cpu or clock.seconds) / (BATCHES * BATCH) * 1e6


def triggers(place: Place, supply: Supply) -> list[dict[str, Any]]:
    """Return how long each trigger of one INSERT of 1,000 rows took, as EXPLAIN ANALYZE tells."""
    with opened(place, OURS, "authenticated_users", supply.person) as connection:
        for _ in range(3):  # the third has plans and caches
            explain = b"EXPLAIN (ANALYZE, FORMAT JSON) " + supply.statement(_ON)
            ((tree,),) = connection.execute(explain).fetchall()
    found = [
        {
            "what": each.get("Constraint Name", each["Trigger Name"]),
            "ms": each["Time"],
            "calls": each["Calls"],
        }
        for each in tree[0].get("Triggers", ())
    ]
    return [{"what": "the statement", "ms": tree[0]["Execution Time"], "calls": 1}, *found]


def sizes(place: Place) -> dict[str, dict[str, Any]]:
    """Write the same rows to empty copies of both tables; return the bytes a row takes, by index.

    In statements of 1,000, whose rows share their moment, and one by one, each at a moment of its own.
    """
    columns = ", ".join(COLUMNS)
    found: dict[str, dict[str, Any]] = {}
    with place.connect() as connection:
        connection.execute("CREATE SCHEMA bench")
        connection.execute(
            f"CREATE UNLOGGED TABLE bench.rows AS SELECT row_number() OVER () AS n, {columns} FROM ("
            f"SELECT * FROM {_ON} ORDER BY hashint8extended(id, 5) LIMIT {SIZED}) AS drawn".encode()
        )
        connection.execute("CREATE INDEX ON bench.rows (n)")
        for contestant, table in TABLES.items():
            for moment in ("one for 1,000 rows", "one for each row"):
                connection.execute("DROP TABLE IF EXISTS bench.filled")
                connection.execute(f"CREATE TABLE bench.filled (LIKE {table} INCLUDING ALL)".encode())
                _fill(connection, columns, each=moment == "one for each row")
                found.setdefault(moment, {})[contestant] = _bytes(connection)
        connection.execute("DROP SCHEMA bench CASCADE")
    return found


def _fill(connection: psycopg.Connection, columns: str, *, each: bool) -> None:
    at = "clock_timestamp()" if each else "now()"
    for first in range(0, SIZED, BATCH):
        connection.execute(
            f"INSERT INTO bench.filled ({columns}, created_at) SELECT {columns}, {at} FROM bench.rows"
            f" WHERE n > {first} AND n <= {first + BATCH} ORDER BY n".encode()
        )


def _bytes(connection: psycopg.Connection) -> dict[str, Any]:
    ((heap,),) = connection.execute("SELECT pg_relation_size('bench.filled')").fetchall()
    indexes = connection.execute(
        "SELECT split_part(pg_get_indexdef(indexrelid), ' USING ', 2), pg_relation_size(indexrelid)"
        " FROM pg_index WHERE indrelid = 'bench.filled'::regclass ORDER BY indexrelid"
    ).fetchall()
    return {
        "heap": round(heap / SIZED, 1),
        "indexes": round(sum(size for _, size in indexes) / SIZED, 1),
        "each": [[definition, round(size / SIZED, 1)] for definition, size in indexes],
    }
