"""Two databases that are one another's twin, but for the rows of a tenant who is none of ours.

Each number of theirs begins at 917364201 and each uuid of theirs ends in one, so that whatever shows
their rows can be told by looking. Ours begin at 5001. In the twin called bare they have no row.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.apex.conftest import Estimator
from tests.assistant.conftest import PRACTICE, RULE, TEMPLATE
from tests.support import atmosfera, webtest
from tests.support.copilot import LEAST
from tests.support.database import Database, fresh_database
from tests.support.server import Server

OURS = 5001
THEIRS = 917364201
NEXT = 950000001  # where the numbers of both twins go on
MARK = r"9173642\d\d|Quillfeathe[r]"  # which no other number holds, and this text does not match itself
SCHEMAS = (
    "SELECT oid, nspname FROM pg_catalog.pg_namespace"
    " WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'probe', 'extensions')"
)

SET_EVERY_SEQUENCE = (
    "SELECT pg_catalog.setval(c.oid::regclass, %s, false) FROM pg_catalog.pg_class AS c"
    f" JOIN ({SCHEMAS}) AS s ON s.oid = c.relnamespace"
    " WHERE c.relkind = 'S' AND s.nspname <> 'footing'"
)
MATERIALIZED = "SELECT oid::regclass::text FROM pg_catalog.pg_class WHERE relkind = 'm'"

PROBE = (
    (Path(__file__).parent / "probe.sql").read_text().replace("{schemas}", SCHEMAS).replace("{mark}", MARK)
)


@dataclass
class Twins:
    """The database with their rows, and the one without."""

    full: Database
    bare: Database
    people: dict[str, int]


class Tenants(Estimator):
    """Fills one database: people, then a row of every table for each of two tenants."""

    def level(self, number: int) -> None:
        """Let every identity go on from that number."""
        self.db.admin.execute(SET_EVERY_SEQUENCE.encode(), [number])

    def member(self, name: str, number: int, **columns: Any) -> int:
        """Sign somebody up, by whose uuid it shows to whom they belong."""
        return self.person(name, user_id=f"00000000-0000-4000-8000-{number:012}", **columns)

    def furnish(self, owner: int, name: str, word: str) -> int:
        """Give the tenant of that owner, called so, a row in every table; return their project."""
        project = self.project(owner, name)
        atmosfera.rows(self, project)
        webtest.rows(self, project)
        case = self.insert(
            "webtest.test_cases",
            {"project_id": project, "title": word, "description": word, "test_type": "e2e"},
        )
        started = {"execution_id": f"run-{word}", "test_id": case, "result": "pending"}
        self.insert("webtest.test_executions", started)
        account = self.account(owner, name)
        estimate = self.bid(account)
        self.payload(estimate, f'{{"sku": "{word}"}}')
        self.event(estimate)
        self._write_documents(owner, word)
        return project

    def _write_documents(self, owner: int, word: str) -> None:
        uuid = self.value("SELECT user_id FROM core.users WHERE id = %s", owner)
        keys = {}
        for table, least in LEAST.items():
            row = {"user_id": uuid, **least}
            if table == "messages":
                row["conversation_id"] = keys["conversations"]
            key = f"{table[:-1]}_id"
            columns, marks = ", ".join(row), ", ".join(f"%({column})s" for column in row)
            insert = f"INSERT INTO copilot.{table} ({columns}) VALUES ({marks}) RETURNING {key}"
            keys[table] = self.db.admin.execute(insert.encode(), row).fetchone()[0]
        self.db.admin.execute(
            "UPDATE copilot.documents SET content = %s WHERE document_id = %s", [word, keys["documents"]]
        )

    def shelve(self) -> None:
        """Put into the assistant what everybody shares."""
        for table, row in (("rules", RULE), ("practices", PRACTICE), ("templates", TEMPLATE)):
            marks = ", ".join(f"%({column})s" for column in row)
            insert = f"INSERT INTO assistant.{table} ({', '.join(row)}) VALUES ({marks})"
            self.db.admin.execute(insert.encode(), row)
        self.db.admin.execute(
            "INSERT INTO assistant.violations (rule_id, location) VALUES ('SEC-001', 'a:7')"
        )


@contextlib.contextmanager
def twins(server: Server, template: str) -> Iterator[Twins]:
    """Make both, and drop them at the end."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(fresh_database(server, template))
        people = _ours(full)
        full.close()
        bare = stack.enter_context(fresh_database(server, full.name))
        full.__dict__.pop("admin", None)  # it was closed, so that the copy could be made
        _theirs(full, people)
        for database in (full, bare):
            made = Tenants(database)
            made.level(NEXT)
            for (view,) in database.admin.execute(MATERIALIZED).fetchall():
                database.admin.execute(f"REFRESH MATERIALIZED VIEW {view}".encode())
            database.admin.execute("ANALYZE")
            database.admin.execute("SELECT probe.remember()")
        yield Twins(full, bare, people)


def _ours(database: Database) -> dict[str, int]:
    made = Tenants(database)
    database.admin.execute(PROBE.encode())
    made.level(OURS)
    people = {
        "owner": made.member("olive", OURS),
        "viewer": made.member("vera", OURS + 1),
        "deactivated": made.member("dora", OURS + 2),
        "admin": made.member("root", OURS + 3, role="admin"),
        "guest": made.member("gwen", OURS + 4),
    }
    project = made.furnish(people["owner"], "Apollo", "ours")
    account = made.value("SELECT account_id FROM apex.accounts")
    for person in ("viewer", "guest", "deactivated"):
        made.grant(people[person], project, "viewer")
        made.admit(people[person], account, "viewer")
    made.shelve()
    database.admin.execute("DELETE FROM core.user_project_access WHERE user_id = %s", [people["guest"]])
    database.admin.execute("DELETE FROM apex.account_members WHERE user_id = %s", [people["guest"]])
    database.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [people["deactivated"]])
    return people


def _theirs(database: Database, people: dict[str, int]) -> None:
    """Fill in the other tenant, in whose project two of ours are: one who left us, one deactivated."""
    made = Tenants(database)
    made.level(THEIRS)
    owner = made.member("tess", THEIRS)
    made.member("tom", THEIRS + 1)
    project = made.furnish(owner, "Quillfeather", "theirs")
    account = made.value("SELECT account_id FROM apex.accounts WHERE name = 'Quillfeather'")
    for person in ("guest", "deactivated"):
        made.grant(people[person], project, "manager")
        made.admit(people[person], account, "manager")
    database.admin.execute(
        "UPDATE core.users SET full_name = 'Gwen Quillfeather' WHERE id = %s", [people["guest"]]
    )
    database.admin.execute(
        "INSERT INTO core.audit_logs (user_id, action, resource) VALUES (%s, 'login', 'Quillfeather')",
        [owner],
    )
