"""asyncpg through PgBouncer: a pool to keep, and a transaction for one person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


async def make_pool(url: str) -> asyncpg.Pool:
    """Return the pool of a process: two to ten connections, closed after five idle minutes."""
    return await asyncpg.create_pool(
        url,
        min_size=2,
        max_size=10,
        max_inactive_connection_lifetime=300,
        timeout=10,
        command_timeout=35,  # above the pooler's ceiling of 30 s, so that the server's own error is seen
        statement_cache_size=0,  # what one server connection has prepared, the next one has not
        server_settings={"application_name": "assistant_api"},
    )


@asynccontextmanager
async def transaction(pool: asyncpg.Pool, person: int) -> AsyncIterator[asyncpg.Connection]:
    """Open a transaction of that person; committed at the end, rolled back by an exception."""
    async with pool.acquire() as connection, connection.transaction():
        # `true`: for this transaction only. A plain SET would be the next client's as well.
        await connection.execute("SELECT set_config('app.user_id', $1, true)", str(person))
        yield connection
