"""ops/snippets: each driver, as an application is told to use it, through the pooler and side by side."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from ops.snippets import with_asyncpg, with_psycopg, with_sqlalchemy
from tests.support.footing import ROOT
from tests.support.pooling import Pooler
from tests.webtest.conftest import Bench

SEEN = "SELECT DISTINCT project_id FROM test_executions WHERE execution_time >= "
TASKS = 20
TURNS = 10


@pytest.fixture
def turns(bench: Bench) -> list[tuple[int, int]]:
    """Who asks, by turns, and which project they see."""
    return [(bench.viewer, bench.apollo), (bench.outsider, bench.borealis)] * (TURNS // 2)


def test_psycopg(pooler: Pooler, turns: list[tuple[int, int]]) -> None:
    url = pooler.url("webtest_app")

    def task(_: int) -> list[Any]:
        def work(connection: psycopg.Connection) -> Any:
            return connection.execute(SEEN + "%s", [0.1]).fetchone()[0]

        client = with_psycopg.Client(url)
        try:
            return [client.in_transaction(who, work) for who, _ in turns]
        finally:
            client.close()

    with ThreadPoolExecutor(TASKS) as threads:
        seen = list(threads.map(task, range(TASKS)))

    assert seen == [[project for _, project in turns]] * TASKS


def test_psycopg_tries_again_where_the_connection_broke_and_not_for_an_error_of_its_own(
    pooler: Pooler, bench: Bench
) -> None:
    tries: list[int] = []

    def work(connection: psycopg.Connection) -> int:
        tries.append(connection.info.backend_pid)
        if len(tries) < 3:
            pid = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
            bench.db.admin.execute("SELECT pg_terminate_backend(%s)", [pid])
        return connection.execute("SELECT 42").fetchone()[0]

    def fails(connection: psycopg.Connection) -> None:
        tries.append(0)
        connection.execute("SELECT 1 / 0")

    client = with_psycopg.Client(pooler.url("webtest_app"))
    assert client.in_transaction(bench.viewer, work) == 42
    assert len(tries) == 3
    with pytest.raises(psycopg.errors.DivisionByZero):
        client.in_transaction(bench.viewer, fails)
    assert len(tries) == 4
    client.close()


def test_psycopg_writes_many_rows_by_one_statement_and_tries_again_without_a_second_copy(
    pooler: Pooler, bench: Bench
) -> None:
    now = datetime.now(UTC)
    rows = [
        (
            f"MANY-{n}",
            bench.case,
            bench.apollo,
            "pass" if n % 2 else "running",
            None,
            now,
            now if n % 2 else None,
        )
        for n in range(2000)
    ]
    written: list[int] = []

    def work(connection: psycopg.Connection) -> None:
        written.append(with_psycopg.write_executions(connection, rows))
        if len(written) < 2:
            raise psycopg.OperationalError("the answer to COMMIT was lost")  # and so was the first try

    client = with_psycopg.Client(pooler.url("webtest_app"))
    client.in_transaction(bench.editor, work)
    again = client.in_transaction(bench.editor, lambda c: with_psycopg.write_executions(c, rows))
    nothing = client.in_transaction(bench.editor, lambda c: with_psycopg.write_executions(c, []))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        theirs = [("MANY-X", bench.foreign_case, bench.borealis, "running", None, now, None)]
        client.in_transaction(bench.editor, lambda c: with_psycopg.write_executions(c, theirs))
    client.close()

    assert (written, again, nothing) == ([2000, 2000], 0, 0)
    assert (
        bench.value("SELECT count(*) FROM webtest.test_executions WHERE execution_id LIKE 'MANY-%%'")
        == 2000
    )


def test_sqlalchemy(pooler: Pooler, turns: list[tuple[int, int]]) -> None:
    engine = with_sqlalchemy.make_engine(pooler.url("webtest_app"))

    def task(_: int) -> list[Any]:
        seen = []
        for who, _ in turns:
            with with_sqlalchemy.transaction(engine, who) as connection:
                seen.append(connection.execute(text(SEEN + ":least"), {"least": 0.1}).scalar())
        return seen

    with ThreadPoolExecutor(TASKS) as threads:
        seen = list(threads.map(task, range(TASKS)))
    engine.dispose()

    assert seen == [[project for _, project in turns]] * TASKS


def test_sqlalchemy_with_asyncpg(pooler: Pooler, turns: list[tuple[int, int]]) -> None:
    authority = str(pooler.folder / "ca.crt")

    async def all_of_them() -> list[Any]:
        engine = with_sqlalchemy.make_async_engine(pooler.url("webtest_app"), authority)

        async def task() -> list[Any]:
            seen = []
            for who, _ in turns:
                async with with_sqlalchemy.async_transaction(engine, who) as connection:
                    found = await connection.execute(text(SEEN + ":least"), {"least": 0.1})
                    seen.append(found.scalar())
            return seen

        done = await asyncio.gather(*(task() for _ in range(TASKS)))
        await engine.dispose()
        return list(done)

    assert asyncio.run(all_of_them()) == [[project for _, project in turns]] * TASKS


def test_asyncpg(pooler: Pooler, turns: list[tuple[int, int]]) -> None:
    async def all_of_them() -> list[Any]:
        pool = await with_asyncpg.make_pool(pooler.url("webtest_app"))

        async def task() -> list[Any]:
            seen = []
            for who, _ in turns:
                async with with_asyncpg.transaction(pool, who) as connection:
                    seen.append(await connection.fetchval(SEEN + "$1", 0.1))
            return seen

        done = await asyncio.gather(*(task() for _ in range(TASKS)))
        await pool.close()
        return list(done)

    assert asyncio.run(all_of_them()) == [[project for _, project in turns]] * TASKS


def test_the_defaults_of_asyncpg_do_fail_which_is_why_the_snippet_changes_them(
    pooler: Pooler, bench: Bench
) -> None:
    import asyncpg

    async def ask_twice() -> None:
        connection = await asyncpg.connect(pooler.url("webtest_app"))
        try:
            for _ in range(2):
                async with connection.transaction():
                    await connection.fetch("SELECT id FROM test_cases WHERE id = $1", bench.case)
        finally:
            await connection.close()

    with pytest.raises(asyncpg.InvalidSQLStatementNameError):
        asyncio.run(ask_twice())


def test_the_page_about_connecting_names_each_snippet() -> None:
    page = (ROOT / "docs" / "connecting.md").read_text()

    named = set(re.findall(r"ops/snippets/(\w+)\.py", page))

    assert named == {path.stem for path in (ROOT / "ops" / "snippets").glob("with_*.py")}
