"""One server on PostgreSQL 15, migrated and backed up into a bucket, shared by the tests of this folder.

pgBackRest 2.45 knows no PostgreSQL after 15, so these tests are a part of the run on 15
(FOOTING_TEST_POSTGRES=15), and not also of the one on 18.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import server_version
from tests.support.footing import Footing
from tests.support.pgbackrest import BackedUp, backed_up_server, bucket_of
from tests.support.require import require as needs
from tests.support.store import Store, running_store
from tests.support.template import apply_bootstrap, migrate_with_the_runner

VERSION = 15  # of PostgreSQL
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave this folder's tests to the run on 15, unless they alone are asked for."""
    elsewhere = [item for item in items if HERE not in item.path.parents]
    if elsewhere and server_version() != VERSION:
        config.hook.pytest_deselected(items=[item for item in items if HERE in item.path.parents])
        items[:] = elsewhere


@pytest.fixture(scope="session")
def bucket() -> Iterator[Store]:
    """The S3 store of the physical backups, which a test may stop and start."""
    needs("openssl")
    needs("weed")
    with running_store() as made:
        yield made


@pytest.fixture(scope="session")
def backed_up(bucket: Store, footing: Footing) -> Iterator[BackedUp]:
    """A server with a migrated database, a full backup and a differential one."""
    with backed_up_server(bucket_of(bucket)) as made:
        made.server.execute("CREATE DATABASE footing")
        apply_bootstrap(made.server.url("footing"))
        migrate_with_the_runner(made.server.url("footing"), footing)
        for kind in ("full", "diff"):
            done = made.make("backup", f"--type={kind}")
            assert done.returncode == 0, done.stderr
        yield made
