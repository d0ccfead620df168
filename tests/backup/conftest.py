"""One server on PostgreSQL 15, migrated and backed up into a bucket, shared by the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.support.footing import Footing
from tests.support.pgbackrest import BackedUp, backed_up_server, bucket_of
from tests.support.require import require as needs
from tests.support.store import Store, running_store
from tests.support.template import apply_bootstrap, migrate_with_the_runner


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
