"""Servers and a pooler configured by ops/, shared by the tests of a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import server_version
from tests.support.operations import Provisioned, provisioned_server
from tests.support.require import require as needs


@pytest.fixture(scope="session")
def provisioned(server_bindir: Path) -> Iterator[Provisioned]:
    """A server with pg_hba.conf, TLS where the build has it, every migration and every login."""
    needs("psql")
    needs("openssl")
    with provisioned_server(server_version(), server_bindir) as made:
        yield made
