"""A migrated database on a server of its own, for trouble that is a whole server's."""

import contextlib
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.logins import create_logins
from tests.support.server import Server
from tests.support.template import apply_bootstrap, migrate_with_the_runner


@pytest.fixture
def make_db(make_server: Callable[..., Server], footing: Footing) -> Iterator[Callable[..., Database]]:
    """Start a server of one's own with these settings, and migrate its database footing."""
    with contextlib.ExitStack() as stack:

        def make(**conf: str) -> Database:
            server = make_server(**conf)
            apply_bootstrap(server.url("postgres"))
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                create_logins(connection)
                connection.execute("CREATE DATABASE footing")
            migrate_with_the_runner(server.url("footing"), footing)
            database = Database(server, "footing")
            stack.callback(database.close)
            return database

        yield make
