"""Benchmark of writing test executions, ours beside the documents' table: `make bench/ingest`.

The same rows go to both, in turn (ours, theirs, ours, theirs …), in four ways: INSERT of 1,000 rows a
statement, the same from an array for each column, COPY, and one row a transaction through PgBouncer. Ours
is written under row security, by the application's role as an editor; COPY as bulk_loader, whom no policy
binds. Every key, reference, CHECK and trigger of either table is at work. What is sent is put together
before the clock starts.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import psycopg

from tests.support.logins import MEMBERS
from tests.support.pgbouncer import transaction_pooler
from tests.support.require import COMPONENTS
from tools.bench.clock import Clock, Told
from tools.bench.place import Place
from tools.bench.rows import BATCH, COLUMNS, OURS, TABLES, THEIRS, Row, Supply, of_arrays

INSERT, ARRAYS = "INSERT, 1,000 rows each", "INSERT from arrays, 1,000 rows each"
COPY, ONE = "COPY", "one row each, through PgBouncer"
WAYS = {  # way: rows of a round, and our rows/s at least so many times theirs
    INSERT: (10 * BATCH, 1.3),
    ARRAYS: (10 * BATCH, 1.3),
    COPY: (10 * BATCH, 1.4),
    ONE: (300, None),
}


def opened(place: Place, name: str, role: str, person: int) -> psycopg.Connection:
    """Open a connection of a contestant: ours in a role, for a person; theirs knows neither."""
    connection = place.connect(role if name == OURS else None)
    connection.execute("SELECT set_config('app.user_id', %s, false)", [str(person)])
    return connection


def _by_insert(place: Place, name: str, supply: Supply) -> Iterator[Clock]:
    with opened(place, name, "authenticated_users", supply.person) as connection:
        while True:
            statements = [(supply.statement(TABLES[name]), None) for _ in range(WAYS[INSERT][0] // BATCH)]
            yield Clock(connection, place).run(partial(execute, connection, statements))


def _by_arrays(place: Place, name: str, supply: Supply) -> Iterator[Clock]:
    text = of_arrays(TABLES[name])
    with opened(place, name, "authenticated_users", supply.person) as connection:
        while True:
            statements = [(text, supply.arrays()) for _ in range(WAYS[ARRAYS][0] // BATCH)]
            yield Clock(connection, place).run(partial(execute, connection, statements))


def execute(connection: psycopg.Connection, statements: Sequence[tuple[bytes, list[str] | None]]) -> None:
    """Run statements with their parameters, each in a transaction of its own."""
    for text, parameters in statements:
        connection.execute(text, parameters)


def _by_copy(place: Place, name: str, supply: Supply) -> Iterator[Clock]:
    with opened(place, name, "bulk_loader", supply.person) as connection:
        while True:
            text = supply.text(WAYS[COPY][0])
            yield Clock(connection, place).run(partial(_copy, connection, TABLES[name], text))


def _copy(connection: psycopg.Connection, table: str, text: bytes) -> None:
    with connection.cursor().copy(f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN".encode()) as copy:
        copy.write(text)


def _by_one(place: Place, name: str, supply: Supply, pooler: str) -> Iterator[Clock]:
    with (
        place.connect() as watch,
        psycopg.connect(pooler, autocommit=True, prepare_threshold=None) as connection,
    ):
        while True:
            rows = supply.take(WAYS[ONE][0])
            person = supply.person if name == OURS else None
            work = partial(_one_by_one, connection, TABLES[name], rows, person)
            yield Clock(watch, place, watches_another=True).run(work)


def _one_by_one(connection: psycopg.Connection, table: str, rows: list[Row], person: int | None) -> None:
    """Write each row in a transaction, saying first for whom in the same packet (docs/connecting.md)."""
    values = ", ".join(["%s"] * len(COLUMNS))
    text = f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES ({values})".encode()
    for row in rows:
        with connection.pipeline(), connection.transaction():
            if person is not None:
                connection.execute("SELECT set_config('app.user_id', %s, true)", [str(person)])
            connection.execute(text, row)


@contextmanager
def _feeders(place: Place, supply: Supply) -> Iterator[dict[str, dict[str, Iterator[Clock]]]]:
    """Yield who writes in which way; through PgBouncer where it is installed and the server is our own."""
    with ExitStack() as stack:
        feeders: dict[str, dict[str, Iterator[Clock]]] = {
            INSERT: {name: _by_insert(place, name, supply) for name in TABLES},
            ARRAYS: {name: _by_arrays(place, name, supply) for name in TABLES},
            COPY: {name: _by_copy(place, name, supply) for name in TABLES},
        }
        if place.server and COMPONENTS["pgbouncer"][0]():
            feeders[ONE] = {}
            for name, login in ((OURS, MEMBERS["authenticated_users"]), (THEIRS, place.server.superuser)):
                pooler = transaction_pooler(place.server, place.target.params["dbname"], login)
                feeders[ONE][name] = _by_one(place, name, supply, stack.enter_context(pooler))
        yield feeders


def measure(place: Place, supply: Supply, rounds: int, progress: Callable[[], None]) -> dict[str, Any]:
    """Let both write in turn, so many rounds of each way; return the medians.

    That of `times` is over the rounds, so that what else the machine does meanwhile slows both. The first
    round fills caches and is not counted.
    """
    told: dict[str, dict[str, Told]] = {}
    with _feeders(place, supply) as feeders:
        for number in range(rounds + 1):
            for way, pair in feeders.items():
                for name, feeder in pair.items():
                    clock = next(feeder)
                    if number:
                        told.setdefault(way, {}).setdefault(name, Told()).note(clock, WAYS[way][0])
            progress()
    return {way: _facts(pair) for way, pair in told.items()}


def _facts(pair: dict[str, Told]) -> dict[str, Any]:
    rounds = zip(pair[OURS].per_second, pair[THEIRS].per_second, strict=True)
    return {
        "times": round(statistics.median(ours / theirs for ours, theirs in rounds), 2),
        "contestants": {name: each.facts() for name, each in pair.items()},
    }
