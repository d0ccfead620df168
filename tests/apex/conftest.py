"""The cast of core in an account of their own, Mercury; and the outsider's account, Venus."""

from typing import Any

import pytest

from tests.core.conftest import Cast, World
from tests.support.database import Database

PARTS = ["nobody", "outsider", "viewer", "editor", "manager", "owner", "admin"]
READS = {"viewer", "editor", "manager", "owner"}
WRITES = {"editor", "manager", "owner"}
MANAGES = {"manager", "owner"}


class Estimator(World):
    """Makes accounts and what is in them, behind the policies' back."""

    def add(self, table: str, key: str, row: dict[str, Any]) -> int:
        """Insert one row into a table of apex as the superuser and return its key."""
        values = ", ".join(f"%({column})s" for column in row)
        query = f"INSERT INTO apex.{table} ({', '.join(row)}) VALUES ({values}) RETURNING {key}"
        return self.db.admin.execute(query.encode(), row).fetchone()[0]

    def account(self, owner: int, name: str) -> int:
        """Make an account, which its owner then manages."""
        return self.add("accounts", "account_id", {"owner_id": owner, "name": name})

    def admit(self, person: int, account: int, level: str) -> None:
        """Give somebody access to an account."""
        row = {"user_id": person, "account_id": account, "access_level": level}
        self.add("account_members", "user_id", row)

    def bid(self, account: int, **columns: Any) -> int:
        """Insert a project."""
        return self.add("projects", "project_id", {"account_id": account, **columns})

    def payload(self, project: int, payload: str = '{"sku": "A-1"}', module: str = "cost") -> int:
        """Insert a payload of a project."""
        row = {"project_id": project, "module": module, "payload": payload}
        return self.add("project_payloads", "payload_id", row)

    def event(self, project: int, **columns: Any) -> int:
        """Insert an event of a project."""
        return self.add(
            "project_events", "event_id", {"project_id": project, "event_type": "saved", **columns}
        )


class Office(Cast, Estimator):
    """Two accounts, each with a project that has a payload and an event."""

    def __init__(self, db: Database) -> None:
        """Make the accounts, their members and their rows."""
        super().__init__(db)
        self.mercury = self.account(self.owner, "Mercury")
        self.venus = self.account(self.outsider, "Venus")
        for level in ("manager", "editor", "viewer"):
            self.admit(self.id_of(level), self.mercury, level)
        self.estimate, self.foreign_estimate = (self.bid(a) for a in (self.mercury, self.venus))
        for project in (self.estimate, self.foreign_estimate):
            self.payload(project)
            self.event(project)


@pytest.fixture
def office(migrated_db: Database) -> Office:
    """A migrated database with two accounts in it."""
    return Office(migrated_db)
