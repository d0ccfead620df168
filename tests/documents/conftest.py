"""The documents' queries run as an application does: its role, its person, its search_path."""

import pytest

from tests.support.database import Database
from tests.webtest.conftest import Bench


@pytest.fixture
def bench(migrated_db: Database) -> Bench:
    """Two tenants of AI-Web-Test."""
    return Bench(migrated_db)
