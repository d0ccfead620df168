"""The cast of core with a test case in Apollo, and a second project, Borealis, that is otto's."""

from typing import Any

import pytest

from tests.core.conftest import Cast
from tests.support.database import Database


class Bench(Cast):
    """Two tenants with a test case each: one of the cast's, one of the outsider's."""

    def __init__(self, db: Database) -> None:
        """Make the second project and both cases."""
        super().__init__(db)
        self.borealis = self.project(self.outsider, "Borealis")
        self.case = self.test_case(self.apollo)
        self.foreign_case = self.test_case(self.borealis)

    def test_case(self, project: int, **columns: Any) -> int:
        """Insert a test case as the superuser and return its id."""
        row = {"title": "Login works", "description": "A person logs in", "test_type": "e2e", **columns}
        return self.insert("webtest.test_cases", {"project_id": project, **row})

    def execution(self, name: str, **columns: Any) -> int:
        """Insert an execution of the cast's case as the superuser and return its id."""
        row = {
            "execution_id": name,
            "test_id": self.case,
            "result": "pass",
            "execution_time": 1.5,
            "started_at": "2026-01-01 10:00+00",
            "completed_at": "2026-01-01 10:00:02+00",
            **columns,
        }
        return self.insert("webtest.test_executions", row)


@pytest.fixture
def bench(migrated_db: Database) -> Bench:
    """A migrated database with two tenants in it."""
    return Bench(migrated_db)
