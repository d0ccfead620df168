"""One database with a sample of scale 0.1 (100,000 executions), loaded once and only read."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_postgresql.executors import NoopExecutor

from tests.support.database import Database, fresh_database
from tests.support.footing import ROOT, Footing
from tests.support.server import Server
from tests.support.template import apply_bootstrap
from tools.bench.queries import plan_nodes

BIG = 1000  # a table with more rows than this is not to be read from end to end


@dataclass
class Plan:
    """What one execution of a query did."""

    rows: int
    buffers: int
    indexes: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)  # tables read from end to end
    text: str = ""
    milliseconds: float = 0.0  # the server's own


class Sample:
    """The sample database: who and what is in it, and how a query runs there."""

    def __init__(self, db: Database) -> None:
        """Look up a large and a small case of everything."""
        self.db = db
        one = self.one
        self.everywhere = one("SELECT base + 2 FROM footing_sample.steps WHERE step = 'core.users'")
        self.nowhere = self.everywhere + 1
        self.analyst = one("SELECT base + 1 FROM footing_sample.steps WHERE step = 'copilot.people'")
        self.popular, self.rare = self._ends(
            "SELECT project_id FROM webtest.test_executions"
            " JOIN core.projects AS p ON p.id = project_id WHERE p.status = 'active'"
        )
        self.popular_test, self.rare_test = self._ends("SELECT test_id FROM webtest.test_executions")
        self.sizes = dict(
            db.admin.execute(
                "SELECT c.relname, max(c.reltuples) FROM pg_class AS c"
                " WHERE c.relkind IN ('r', 'p') GROUP BY 1"
            ).fetchall()
        )

        self.parents = dict(
            db.admin.execute(
                "SELECT c.relname, p.relname FROM pg_inherits AS i"
                " JOIN pg_class AS c ON c.oid = i.inhrelid"
                " JOIN pg_class AS p ON p.oid = i.inhparent WHERE p.relkind = 'I'"
            ).fetchall()
        )

    def one(self, query: str, *arguments: Any) -> Any:
        """Return one value, as the superuser."""
        row = self.db.admin.execute(query.encode(), arguments or None).fetchone()
        assert row is not None, f"no row: {query}"
        return row[0]

    def _ends(self, query: str) -> tuple[int, int]:
        most = self.one(f"{query} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")
        least = self.one(f"{query} GROUP BY 1 ORDER BY count(*), 1 LIMIT 1")
        return most, least

    def run(self, query: str, path: str, person: int | None = None, whole: bool = True) -> Plan:
        """Run a query as the application does, as that person, and return what it did the second time.

        Without `whole`, the planner is kept from reading a table from end to end where it can.
        """
        with self.db.session("authenticated_users", person or self.everywhere, commit=False) as session:
            session.execute(f"SET LOCAL search_path = {path}, core".encode())
            session.execute(f"SET LOCAL enable_seqscan = {'on' if whole else 'off'}".encode())
            explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}".encode()
            for _ in range(2):
                ((tree,),) = session.execute(explain).fetchall()
        plan = self._read(tree[0]["Plan"])
        plan.milliseconds = tree[0]["Execution Time"]
        return plan

    def _read(self, top: dict[str, Any]) -> Plan:
        plan = Plan(
            int(top["Actual Rows"]),
            top["Shared Hit Blocks"] + top["Shared Read Blocks"],
            text=json.dumps(top, indent=1),
        )
        for node in plan_nodes(top):
            if "Index Name" in node:
                name = node["Index Name"]
                plan.indexes.add(self.parents.get(name, name))  # a partition's index is its parent's
            if node["Node Type"] == "Seq Scan" and node["Actual Loops"]:
                plan.scanned.add(node["Relation Name"])
        return plan

    def big(self, tables: set[str]) -> set[str]:
        """Return those of the tables that are big."""
        return {table for table in tables if self.sizes.get(table, 0) > BIG}


@pytest.fixture(scope="session")
def sample(server: Server, migrated: NoopExecutor, footing: Footing) -> Iterator[Sample]:
    """A migrated database with the sample in it; for reading."""
    with fresh_database(server, template=migrated.template_dbname) as database:
        apply_bootstrap(database.url())
        command = [sys.executable, "-m", "tools.sample", "load", "--scale", "0.1"]
        done = subprocess.run(
            command,
            env=footing.environment(database),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        yield Sample(database)
