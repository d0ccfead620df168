"""The cast of core before a library of the assistant: a rule, a practice and a template."""

from typing import Any

import pytest

from tests.core.conftest import Cast
from tests.support.database import Database

RULE = {
    "rule_id": "SEC-001",
    "category": "security",
    "title": "Never log a password",
    "description": "Credentials do not belong in a log file",
    "severity": "CRITICAL",
}
PRACTICE = {
    "practice_id": "BP-001",
    "category": "security",
    "title": "Rotate credentials",
    "description": "Change every password when somebody leaves",
}
TEMPLATE = {
    "template_id": "T-001",
    "name": "Incident report",
    "description": "What to write when a password leaked",
    "category": "security",
    "template_content": "On {{day}} {{who}} found",
    "variables": '["day", {"name": "who", "type": "person", "default": "we", "required": true}]',
}
ROWS = {"rules": RULE, "practices": PRACTICE, "templates": TEMPLATE}
KEYS = {"rules": "rule_id", "practices": "practice_id", "templates": "template_id"}
ACTIVE = {"rules": "active", "practices": "is_active", "templates": "is_active"}
TITLES = {"rules": "title", "practices": "title", "templates": "name"}


class Library(Cast):
    """The cast, and what an administrator keeps for them."""

    def put(self, table: str, **columns: Any) -> str:
        """Insert one row as the superuser, with defaults for what is not given; return its id."""
        row = {**ROWS[table], **columns}
        marks = ", ".join(f"%({column})s" for column in row)
        insert = f"INSERT INTO assistant.{table} ({', '.join(row)}) VALUES ({marks})"
        self.db.admin.execute(insert.encode(), row)
        return row[KEYS[table]]

    def violation(self, rule: str = "SEC-001", **columns: Any) -> int:
        """Insert a violation as the superuser and return its id."""
        row = {"rule_id": rule, "location": "app.py:7", **columns}
        columns_, marks = ", ".join(row), ", ".join(f"%({column})s" for column in row)
        insert = f"INSERT INTO assistant.violations ({columns_}) VALUES ({marks}) RETURNING violation_id"
        return self.db.admin.execute(insert.encode(), row).fetchone()[0]

    def fill(self) -> None:
        """Put one row into each table, and a violation of the rule."""
        for table in ROWS:
            self.put(table)
        self.violation()

    def age(self, table: str, key: str, interval: str) -> None:
        """Put a row out of use so long ago."""
        self.db.admin.execute(
            f"UPDATE assistant.{table} SET {ACTIVE[table]} = false, deactivated_at = now() - %s::interval"
            f" WHERE {KEYS[table]} = %s".encode(),
            [interval, key],
        )


@pytest.fixture
def library(migrated_db: Database) -> Library:
    """A migrated database with the cast in it, and an empty library."""
    return Library(migrated_db)
