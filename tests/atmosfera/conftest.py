"""The cast of the kernel's tests, and a second project that none but its owner may see."""

import pytest

from tests.core.conftest import Cast
from tests.support.database import Database


@pytest.fixture
def cast(migrated_db: Database) -> Cast:
    """Apollo with its people, and the outsider's project Borealis."""
    made = Cast(migrated_db)
    made.borealis = made.project(made.outsider, "Borealis")
    return made
