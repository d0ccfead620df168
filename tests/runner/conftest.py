"""A scratch project: a folder of migrations, a database, and the runner between them."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.waiting import wait_until

DEPLOY = "test_deploy"


@dataclass
class Project:
    """Scratch migrations and the database they are for; the runner connects as a deploy login."""

    db: Database
    sql: Path
    footing: Footing
    start: Callable[..., subprocess.Popen[str]]
    _write: Callable[[Mapping[str, str]], Path]

    def write(self, *parts: Mapping[str, str]) -> Path:
        """Add files to the folder."""
        for part in parts:
            self._write(part)
        return self.sql

    def run(self, *args: str, **kw: Any) -> subprocess.CompletedProcess[str]:
        """Run the runner on this database; with check, it must exit 0."""
        return self.footing(*args, **{"database": self.db.url(DEPLOY), "sql": self.sql, **kw})

    def popen(self, *args: str, **kw: Any) -> subprocess.Popen[str]:
        """Start the runner on this database and leave it running."""
        return self.start(*args, **{"database": self.db.url(DEPLOY), "sql": self.sql, **kw})

    def migrate(self, *args: str, **kw: Any) -> subprocess.CompletedProcess[str]:
        """Migrate; it must succeed."""
        return self.run("migrate", *args, check=True, **kw)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read as the superuser."""
        return self.db.admin.execute(query.encode()).fetchall()

    def applied(self) -> list[str]:
        """The ids recorded as applied, in the order of applying."""
        try:
            found = self.rows("SELECT migration_id FROM footing.checksums ORDER BY seq")
        except psycopg.errors.UndefinedTable:
            return []
        return [row[0] for row in found]

    def wait_for_backend(self, condition: str, application: str = "footing%") -> int:
        """Wait until a session of the runner is in that state; return its server process."""
        query = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            f"AND application_name LIKE '{application}' AND {condition}"
        )
        wait_until(lambda: bool(self.rows(query)), 20, f"no session where {condition}")
        pid: int = self.rows(query)[0][0]
        return pid


@pytest.fixture
def project(
    prepared_db: Database,
    footing: Footing,
    footing_popen: Callable[..., subprocess.Popen[str]],
    migrations: Callable[[Mapping[str, str]], Path],
) -> Project:
    """A database with bootstrap done and an empty folder of migrations."""
    return Project(prepared_db, migrations({}), footing, footing_popen, migrations)
