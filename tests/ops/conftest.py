"""Servers and a pooler configured by ops/, shared by the tests of a run."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import server_version
from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.logins import create_logins
from tests.support.operations import Provisioned, newest_with_tls, provisioned_server
from tests.support.pooling import Pooler, running_pooler
from tests.support.require import require as needs
from tests.support.server import Server
from tests.support.store import Store, running_store
from tests.support.template import apply_bootstrap, migrate_with_the_runner
from tests.webtest.conftest import Bench


@pytest.fixture(scope="session")
def provisioned(server_bindir: Path) -> Iterator[Provisioned]:
    """A server with pg_hba.conf, TLS where the build has it, every migration and every login."""
    needs("psql")
    needs("openssl")
    with provisioned_server(server_version(), server_bindir) as made:
        yield made


@pytest.fixture(scope="session")
def encrypted(provisioned: Provisioned) -> Iterator[Provisioned]:
    """A server with TLS: that one, or one of PostgreSQL 15 where that build has none."""
    if provisioned.authority is not None:
        yield provisioned
        return
    with provisioned_server(*newest_with_tls(server_version())) as made:
        yield made


@pytest.fixture(scope="session")
def pooler(provisioned: Provisioned) -> Iterator[Pooler]:
    """PgBouncer in front of that server."""
    needs("pgbouncer")
    with running_pooler(provisioned) as made:
        yield made


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """An S3 store with a bucket, for the run; a test that stops it starts it again."""
    needs("weed")
    needs("openssl")
    with running_store() as made:
        yield made


@pytest.fixture(scope="session")
def bench(provisioned: Provisioned) -> Bench:
    """Two tenants with a test case and five runs each, on the server behind the pooler."""
    made = Bench(provisioned)  # type: ignore[arg-type]  (of a database it needs `admin` only)
    for project, test, who in (("A", made.case, made.editor), ("B", made.foreign_case, made.outsider)):
        for number in range(5):
            made.execution(f"{project}{number}", test_id=test, user_id=who)
    return made


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
