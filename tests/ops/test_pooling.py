"""PgBouncer under load: a thousand clients, two tenants side by side, and a server that restarts."""

import asyncio
import statistics
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import psycopg
import pytest

from tests.documents.test_000_queries import DASHBOARD, HISTORY, LATEST, SEARCH
from tests.documents.test_002_queries import STATS
from tests.support.operations import PRODUCT_LOGINS, Provisioned
from tests.support.pooling import Pooler, running_pooler
from tests.support.waiting import wait_until
from tests.webtest.conftest import Bench

CLIENTS = 1000
CONNECTIONS = 25
# A broken connection is an OperationalError, or an InternalError where two messages come at once.
BROKEN = (psycopg.OperationalError, psycopg.InternalError)
OURS = [*PRODUCT_LOGINS, "footing_signin", "pgbouncer_auth"]
PROBE = (
    "BEGIN; {before} SELECT coalesce(current_setting('app.user_id', true), ''), "
    "(SELECT coalesce(array_agg(DISTINCT project_id), '{{}}') FROM test_cases); COMMIT"
)


async def _connect(pooler: Pooler, login: str) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(pooler.url(login), autocommit=True, prepare_threshold=None)


async def _all(jobs: Iterable[Awaitable[Any]], at_once: int = CLIENTS) -> list[Any]:
    """Run jobs side by side, a number at a time, and return results and exceptions in order."""
    places = asyncio.Semaphore(at_once)

    async def run(job: Awaitable[Any]) -> Any:
        async with places:
            return await job

    return await asyncio.gather(*(run(job) for job in jobs), return_exceptions=True)


async def _last_row(connection: psycopg.AsyncConnection, statements: str) -> tuple[Any, ...]:
    """Send several statements as one message; return the row of the last that has one."""
    cursor = await connection.execute(statements.encode())
    row: tuple[Any, ...] = ()
    while True:
        if cursor.description:
            row = await cursor.fetchone() or ()
        if not cursor.nextset():
            return row


def _questions(bench: Bench) -> dict[str, list[tuple[str, Callable[[list[Any]], bool]]]]:
    """Return for each login what its document asks, and how one sees that the answer is right."""
    runs = {"A0", "A1", "A2", "A3", "A4"}
    webtest = [
        (DASHBOARD.replace("123", str(bench.apollo)), lambda rows: {row[1] for row in rows} == runs),
        (HISTORY.replace("456", str(bench.case)), lambda rows: {row[0] for row in rows} == runs),
        (LATEST, lambda rows: {row[1] for row in rows} == runs),
        (SEARCH, lambda rows: rows == []),
    ]
    atmosfera = [
        (
            "SELECT project_id FROM test_coverage_summary",
            lambda rows: {r[0] for r in rows} <= {bench.apollo},
        ),
        ("SELECT count(*) FROM maturity_dimensions", lambda rows: rows == [(6,)]),
    ]
    mine = ("SELECT id FROM core.projects", lambda rows: rows == [(bench.apollo,)])
    return {
        "webtest_app": webtest,
        "atmosfera_app": [*atmosfera, mine],
        "apex_app": [(STATS, lambda rows: rows == []), mine],
        "assistant_app": [("SELECT count(*) FROM rules", lambda rows: rows == [(0,)]), mine],
        "copilot_app": [("SELECT count(*) FROM conversations", lambda rows: rows == [(0,)]), mine],
    }


def test_a_thousand_clients_ask_the_documents_queries_on_25_connections(
    pooler: Pooler, bench: Bench, record_property: Callable[[str, object], None]
) -> None:
    """Nobody fails, everybody reads their own, and no more than 25 connections are ever open."""
    questions = _questions(bench)
    logins = [PRODUCT_LOGINS[number % len(PRODUCT_LOGINS)] for number in range(CLIENTS)]
    waits: list[float] = []
    most = 0

    async def client(login: str, connection: psycopg.AsyncConnection) -> None:
        for query, is_right in questions[login]:
            began = time.monotonic()
            async with connection.transaction():
                await connection.execute("SELECT set_config('app.user_id', %s, true)", [str(bench.viewer)])
                rows = await (await connection.execute(query.encode())).fetchall()
            waits.append(time.monotonic() - began)
            assert is_right(rows), (login, query, rows)

    async def everybody() -> list[Any]:
        nonlocal most
        connected = await _all((_connect(pooler, login) for login in logins), at_once=100)
        failed = [one for one in connected if isinstance(one, BaseException)]
        assert not failed, (len(failed), failed[0])
        work = asyncio.gather(*map(client, logins, connected), return_exceptions=True)
        count = "SELECT count(*) FROM pg_stat_activity WHERE usename = ANY (%s)"
        while not work.done():
            now = pooler.behind.admin.execute(count.encode(), [OURS]).fetchone()[0]
            most = max(most, now)
            await asyncio.sleep(0.05)
        shown = pooler.console("stats", "SHOW CLIENTS")
        assert len([one for one in shown if one["database"] == "footing"]) == CLIENTS
        for connection in connected:
            await connection.close()
        return work.result()

    failed = [one for one in asyncio.run(everybody()) if one is not None]

    assert failed == [], (len(failed), failed[0])
    assert 5 * 4 <= most <= CONNECTIONS
    assert len(waits) == 200 * sum(map(len, questions.values()))
    p99 = statistics.quantiles(waits, n=100)[98]
    record_property("p99_ms", round(p99 * 1000))
    print(f"{len(waits)} transactions, p50 {statistics.median(waits):.3f} s, p99 {p99:.3f} s")


def test_statements_that_drivers_prepare_need_a_pooler_that_carries_them(
    pooler: Pooler, bench: Bench
) -> None:
    """From PgBouncer 1.22 on each client finds what it prepared; before, no driver may prepare."""
    carries = "max_prepared_statements" in {row["key"] for row in pooler.console("admin", "SHOW CONFIG")}

    async def client(number: int) -> None:
        async with await psycopg.AsyncConnection.connect(
            pooler.url("webtest_app"), autocommit=True
        ) as connection:
            connection.prepare_threshold = 0
            for _ in range(10):
                cursor = await connection.execute("SELECT %s::integer + 1", [number])
                assert await cursor.fetchone() == (number + 1,)

    answers = asyncio.run(_all(client(number) for number in range(20)))

    failed = [one for one in answers if one is not None]
    assert [one for one in failed if not isinstance(one, psycopg.errors.Error)] == []
    assert (failed == []) == carries, failed[:1]


def test_tenants_never_meet_in_ten_thousand_transactions_nor_by_a_hostile_set(
    pooler: Pooler, bench: Bench
) -> None:
    """Two tenants, somebody who forgets to say who they are, and one who sets it for the session."""
    tenants = {bench.viewer: [bench.apollo], bench.outsider: [bench.borealis]}
    total = {"tenant": 0, "unset": 0, "hostile": 0}

    async def tenant(connection: psycopg.AsyncConnection, who: int) -> None:
        probe = PROBE.format(before=f"SELECT set_config('app.user_id', '{who}', true);")
        while total["tenant"] < 10_000:
            total["tenant"] += 1
            assert await _last_row(connection, probe) == (str(who), tenants[who])

    async def unset(connection: psycopg.AsyncConnection) -> None:
        while total["tenant"] < 10_000:
            total["unset"] += 1
            assert await _last_row(connection, PROBE.format(before="")) == ("", [])

    async def hostile(connection: psycopg.AsyncConnection) -> None:
        while total["tenant"] < 10_000:
            total["hostile"] += 1
            for trap in (f"SET app.user_id = '{bench.outsider}'", "SET search_path = core", "LISTEN traps"):
                await connection.execute(trap.encode())
            await connection.execute(b"SELECT pg_advisory_lock(4711)")  # would block the next for ever

    async def everybody() -> list[Any]:
        connected = [await _connect(pooler, "webtest_app") for _ in range(18)]
        jobs = [tenant(one, list(tenants)[number % 2]) for number, one in enumerate(connected[:12])]
        jobs += [*map(unset, connected[12:16]), *map(hostile, connected[16:])]
        done = await asyncio.gather(*jobs, return_exceptions=True)
        for one in connected:
            await one.close()
        return done

    failed = [one for one in asyncio.run(everybody()) if one is not None]

    assert failed == []
    assert total["unset"] > 1000, total
    assert total["hostile"] > 100, total


def test_the_probe_sees_a_leak_where_connections_are_not_reset(
    provisioned: Provisioned, bench: Bench
) -> None:
    with running_pooler(provisioned, FOOTING_POOL_MIN_SIZE="0") as pooler:
        settings = pooler.folder / "pgbouncer.ini"
        settings.write_text(settings.read_text().replace("server_reset_query_always = 1", ""))
        pooler.console("admin", "RELOAD")
        with (
            psycopg.connect(pooler.url("webtest_app"), autocommit=True) as hostile,
            psycopg.connect(pooler.url("webtest_app"), autocommit=True) as next_one,
        ):
            hostile.execute(f"SET app.user_id = '{bench.outsider}'".encode())

            leaked = next_one.execute("SELECT current_setting('app.user_id', true)").fetchone()

    assert leaked == (str(bench.outsider),)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_restarts_under_load_is_ridden_out(mode: str, pooler: Pooler, bench: Bench) -> None:
    """Whoever tries again succeeds; nothing is read wrong, nothing is lost, nothing is written twice."""
    wrong: list[str] = []
    done: list[str] = []
    broken: list[str] = []
    enough = threading.Event()

    def transaction(connection: psycopg.Connection, name: str) -> None:
        with connection.transaction():
            connection.execute("SELECT set_config('app.user_id', %s, true)", [str(bench.editor)])
            connection.execute(
                "INSERT INTO test_executions (execution_id, test_id, result, started_at)"
                " VALUES (%s, %s, 'running', now()) ON CONFLICT (execution_id) DO NOTHING",
                [name, bench.case],
            )
            seen = connection.execute("SELECT DISTINCT project_id FROM test_executions").fetchall()
        if seen != [(bench.apollo,)]:
            wrong.append(f"{name} saw {seen}")

    def client(number: int) -> None:
        connection = None
        for turn in range(10_000):
            name = f"{mode[0].upper()}{number}-{turn}"
            while True:
                try:
                    if connection is None:
                        connection = psycopg.connect(
                            pooler.url("webtest_app"), autocommit=True, prepare_threshold=None
                        )
                    transaction(connection, name)
                    break
                except BROKEN as error:
                    broken.append(str(error))
                    if connection is not None:
                        connection.close()
                    connection = None
            done.append(name)
            if enough.is_set():
                break
        if connection is not None:
            connection.close()

    clients = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(12)]
    for one in clients:
        one.start()
    wait_until(lambda: len(done) > 100, 60, lambda: f"no load: {broken[:1]}")
    pooler.behind.restart(mode)  # type: ignore[arg-type]
    before = len(done)
    wait_until(lambda: len(done) > before + 200, 60, lambda: f"it did not recover: {broken[-1:]}")
    enough.set()
    for one in clients:
        one.join(60)

    written = pooler.behind.admin.execute(
        "SELECT execution_id FROM webtest.test_executions"
        " WHERE result = 'running' AND execution_id LIKE %s",
        [f"{mode[0].upper()}%-%"],
    ).fetchall()
    bench.db.admin.execute("DELETE FROM webtest.test_executions WHERE result = 'running'")
    for login in (*PRODUCT_LOGINS, "footing_signin"):  # of which 1.18 refuses the next client, once
        wait_until(partial(pooler.serves, login), 10, f"{login} is not served any more")
    assert wrong == []
    assert broken, "nobody noticed: there was no load"
    assert sorted(name for (name,) in written) == sorted(done)
