"""A small world to test in: one project, a person for each thing one can be to it."""

from typing import Any

import pytest

from tests.support.database import Database

ENVELOPE = "enc:v1:key-2026:" + "QUJDRA" * 8  # what an encrypted value looks like


class World:
    """People and projects of one database, made behind the policies' back."""

    def __init__(self, db: Database) -> None:
        """Keep the database whose superuser arranges everything."""
        self.db = db

    def person(self, name: str, role: str = "user", **columns: Any) -> int:
        """Sign somebody up and return their id; the e-mail is name@example.com."""
        row = {
            "username": name,
            "email": f"{name}@example.com",
            "password_hash": f"hash of {name}",
            "full_name": name.title(),
            "role": role,
            **columns,
        }
        return self.insert("core.users", row)

    def project(self, owner: int, name: str = "Apollo", **columns: Any) -> int:
        """Make a project of that owner and return its id."""
        return self.insert("core.projects", {"name": name, "owner_id": owner, **columns})

    def insert(self, table: str, row: dict[str, Any]) -> int:
        """Insert one row as the superuser and return its id."""
        columns, values = ", ".join(row), ", ".join(f"%({column})s" for column in row)
        query = f"INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING id"
        return self.db.admin.execute(query.encode(), row).fetchone()[0]

    def grant(self, person: int, project: int, level: str) -> None:
        """Give somebody access to a project."""
        self.db.admin.execute(
            "INSERT INTO core.user_project_access (user_id, project_id, access_level) VALUES (%s, %s, %s)",
            [person, project, level],
        )

    def value(self, query: str, *arguments: Any) -> Any:
        """Read one value as the superuser: the control of what a role was shown."""
        row = self.db.admin.execute(query.encode(), arguments).fetchone()
        return row[0] if row else None


class Cast(World):
    """A project Apollo with its owner, a manager, an editor and a viewer; an admin; an outsider."""

    def __init__(self, db: Database) -> None:
        """Make them all."""
        super().__init__(db)
        self.admin = self.person("root", "admin")
        self.owner = self.person("olive")
        self.manager = self.person("mona")
        self.editor = self.person("edith")
        self.viewer = self.person("vera")
        self.outsider = self.person("otto")
        self.apollo = self.project(self.owner)
        for level in ("manager", "editor", "viewer"):
            self.grant(self.id_of(level), self.apollo, level)

    def id_of(self, part: str) -> int | None:
        """Return the id of one of the cast; nobody has none."""
        return None if part == "nobody" else getattr(self, part)

    def ids(self, role: str, part: str, query: str, *arguments: Any) -> set[Any]:
        """Run a query in a session of that part, and return the set of its first column."""
        with self.db.session(role, self.id_of(part)) as session:
            return {row[0] for row in session.execute(query.encode(), arguments)}

    def run(self, part: str, statement: str, *arguments: Any) -> int:
        """Run a statement as that part of the products' role; return how many rows it changed."""
        with self.db.session("authenticated_users", self.id_of(part)) as session:
            return session.execute(statement.encode(), arguments).rowcount


@pytest.fixture
def world(migrated_db: Database) -> World:
    """A migrated database with nobody in it."""
    return World(migrated_db)


@pytest.fixture
def cast(migrated_db: Database) -> Cast:
    """A migrated database with the cast in it."""
    return Cast(migrated_db)
