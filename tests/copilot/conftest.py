"""Two authors in a migrated database."""

import pytest

from tests.support.copilot import Authors
from tests.support.database import Database


@pytest.fixture
def authors(migrated_db: Database) -> Authors:
    """ada, ben and an administrator, without a row."""
    return Authors(migrated_db)
