"""The documents' queries run as an application does: its role, its person, its search_path."""

import pytest

from tests.apex.conftest import Office
from tests.core.conftest import Cast
from tests.support.copilot import Authors
from tests.support.database import Database
from tests.webtest.conftest import Bench


@pytest.fixture
def bench(migrated_db: Database) -> Bench:
    """Two tenants of AI-Web-Test."""
    return Bench(migrated_db)


@pytest.fixture
def cast(migrated_db: Database) -> Cast:
    """Apollo with its people, and the outsider's project Borealis, which none but its owner may see."""
    made = Cast(migrated_db)
    made.borealis = made.project(made.outsider, "Borealis")
    return made


@pytest.fixture
def office(migrated_db: Database) -> Office:
    """Two accounts of APEX."""
    return Office(migrated_db)


@pytest.fixture
def authors(migrated_db: Database) -> Authors:
    """Two authors of BA Copilot."""
    return Authors(migrated_db)
