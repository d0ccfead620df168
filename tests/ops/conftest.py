"""Servers and a pooler configured by ops/, shared by the tests of a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import server_version
from tests.support.operations import Provisioned, newest_with_tls, provisioned_server
from tests.support.pooling import Pooler, running_pooler
from tests.support.require import require as needs
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
def bench(provisioned: Provisioned) -> Bench:
    """Two tenants with a test case and five runs each, on the server behind the pooler."""
    made = Bench(provisioned)  # type: ignore[arg-type]  (of a database it needs `admin` only)
    for project, test, who in (("A", made.case, made.editor), ("B", made.foreign_case, made.outsider)):
        for number in range(5):
            made.execution(f"{project}{number}", test_id=test, user_id=who)
    return made
