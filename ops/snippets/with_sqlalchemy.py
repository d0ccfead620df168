"""SQLAlchemy 2 through PgBouncer: an engine to keep, and a transaction for one person; sync and async."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

SAY_WHO = text("SELECT set_config('app.user_id', :person, true)")  # for this transaction only

# A few connections that stay: each log-in costs TLS and SCRAM. Processes times five must stay below
# PgBouncer's thousand clients. A program that runs once takes poolclass=NullPool instead.
KEPT = {"pool_size": 5, "max_overflow": 0, "pool_recycle": 1800}


def make_engine(url: str) -> Engine:
    """Return the engine of a process, for postgresql+psycopg://."""
    arguments = {"prepare_threshold": None, "connect_timeout": 10, "application_name": "webtest_api"}
    driver = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(driver, connect_args=arguments, **KEPT)


@contextmanager
def transaction(engine: Engine, person: int) -> Iterator[Connection]:
    """Open a transaction of that person; committed at the end, rolled back by an exception."""
    with engine.begin() as connection:
        connection.execute(SAY_WHO, {"person": str(person)})
        yield connection


def make_async_engine(url: str, ca_file: str) -> AsyncEngine:
    """Return the engine of a process, for postgresql+asyncpg://; the server must be of that authority."""
    arguments = {
        "ssl": ssl.create_default_context(cafile=ca_file),  # asyncpg has no sslrootcert beside SQLAlchemy
        "timeout": 10,
        "statement_cache_size": 0,  # what one server connection has prepared, the next one has not
        "prepared_statement_cache_size": 0,  # SQLAlchemy has a cache of its own
        "prepared_statement_name_func": lambda: f"webtest_{uuid4()}",  # two clients, never one name
        "server_settings": {"application_name": "webtest_api"},
    }
    driver = make_url(url).set(drivername="postgresql+asyncpg", query={})
    return create_async_engine(driver, connect_args=arguments, **KEPT)


@asynccontextmanager
async def async_transaction(engine: AsyncEngine, person: int) -> AsyncIterator[AsyncConnection]:
    """Open a transaction of that person; committed at the end, rolled back by an exception."""
    async with engine.begin() as connection:
        await connection.execute(SAY_WHO, {"person": str(person)})
        yield connection
