"""Turning a dump into a database: made under another name, filled, compared, and then given its own."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ops.backup.manifest import Manifest, Table
from ops.backup.programs import Programs
from ops.backup.roles import missing_roles
from ops.backup.snapshot import count_tables
from ops.backup.verify import GLOBALS
from runner.errors import Exit, RunnerError
from runner.lexer import scan
from runner.output import Output, count

PARTIAL = ".partial"
_OF_THE_DATABASE = re.compile(r"^\d+; \d+ \d+ (DATABASE( PROPERTIES)? - |(ACL|COMMENT) - DATABASE )")
_ITS_NAME = re.compile(r' DATABASE ("(?:[^"]|"")+"|[^\s;]+)')
_IS_EMPTY = """
SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_namespace
                    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public'))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_class
                    WHERE relnamespace = pg_catalog.to_regnamespace('public'))"""


@dataclass
class Restoring:
    """One restore: an administrator's connection to the server, and the programs of its version."""

    connection: psycopg.Connection
    programs: Programs
    output: Output

    def restore(self, made: Manifest, dump: Path, into: str, tables: list[Table] | None, jobs: int) -> None:
        """Restore a dump of this machine into a new database: all of it, or the rows of some tables.

        `into` must not be there, or be empty; it appears once every row was counted. What a killed
        restore left (NAME.partial) is dropped by the next. Raises RunnerError, and leaves nothing.
        """
        self._refuse_full(into)
        partial = into + PARTIAL
        self._roles(dump.parent / GLOBALS)
        self._execute("DROP DATABASE IF EXISTS {}", partial)
        try:
            for statement in self._creation(dump, partial):
                self.connection.execute(statement.encode())
            self._fill(dump, partial, tables, jobs)
            self._compare(made.tables if tables is None else tables, partial)
            self._execute("DROP DATABASE IF EXISTS {}", into)
            self._execute("ALTER DATABASE {} RENAME TO {}", partial, into)
        except BaseException:
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", partial)
            raise

    def _refuse_full(self, into: str) -> None:
        """Raise RunnerError where a database of that name holds anything."""
        known = "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = %s)"
        if self.connection.execute(known, [into]).fetchone() != (True,):
            return
        with self._connected(into) as other:
            if other.execute(_IS_EMPTY.encode()).fetchone() != (True,):
                raise RunnerError.usage(
                    f"database {into} is there and is not empty", "name another: INTO=footing_restored"
                )

    def _roles(self, dumped: Path) -> None:
        """Make the roles that this server lacks."""
        statements = missing_roles(dumped.read_text(encoding="utf-8"), self._known_roles())
        for statement in statements:
            self.connection.execute(statement.encode())
        if made := sum(1 for statement in statements if statement.startswith("CREATE ROLE")):
            self.output.line(f"  {count(made, 'role')} made, without passwords")

    def _known_roles(self) -> set[str]:
        return {row[0] for row in self.connection.execute("SELECT rolname FROM pg_catalog.pg_roles")}

    def _creation(self, dump: Path, name: str) -> list[str]:
        """Return the statements that make the database as it was: encoding, locale, settings, rights."""
        listed = self.programs.run("pg_restore", "--create", "--list", str(dump))
        text = self._filtered(
            dump, (line for line in listed.splitlines() if _OF_THE_DATABASE.match(line)), "--create", "-f-"
        )
        text = "\n".join(line for line in text.splitlines() if not line.startswith("\\"))
        quoted = sql.Identifier(name).as_string(None)
        return [
            _ITS_NAME.sub(lambda _: f" DATABASE {quoted}", statement, count=1)
            for statement in (text[found.start : found.end] for found in scan(text).statements)
            if not statement.startswith(("SET", "SELECT"))
        ]

    def _fill(self, dump: Path, name: str, tables: list[Table] | None, jobs: int) -> None:
        """Run pg_restore: everything; or every table's definition, and the rows of some."""
        options = [f"--dbname={name}", "--exit-on-error", "--no-tablespaces", f"--jobs={jobs}"]
        if tables is None:
            self.programs.run("pg_restore", *options, str(dump))
            with self._connected(name) as restored:
                restored.execute("ANALYZE")
            return
        definitions = self.programs.run("pg_restore", "--list", "--section=pre-data", str(dump))
        rows = self.programs.run("pg_restore", "--list", "--section=data", str(dump))
        wanted = tuple(f" TABLE DATA {table.schema} {table.name} " for table in tables)
        kept = [line for line in rows.splitlines() if any(part in line for part in wanted)]
        self._filtered(dump, [*definitions.splitlines(), *kept], *options)

    def _filtered(self, dump: Path, entries: Iterable[str], *options: str) -> str:
        """Run pg_restore on some entries of its list."""
        with tempfile.NamedTemporaryFile("w", prefix="footing-list-") as listed:
            listed.write("\n".join(entries) + "\n")
            listed.flush()
            return self.programs.run("pg_restore", f"--use-list={listed.name}", *options, str(dump))

    def _compare(self, expected: Iterable[Table], name: str) -> None:
        """Raise RunnerError unless each table has the rows that the manifest says."""
        with self._connected(name) as restored:
            found = {(table.schema, table.name): table.rows for table in count_tables(restored)}
        wrong = [
            f"{table} has {found.get((table.schema, table.name))} rows instead of {table.rows}"
            for table in expected
            if found.get((table.schema, table.name)) != table.rows
        ]
        if wrong:
            raise RunnerError(
                Exit.DRIFT, "restored", "not restored: " + "; ".join(wrong), "restore from another dump"
            )

    def _connected(self, name: str) -> psycopg.Connection:
        """Connect to another database of the server, as the same login."""
        info = self.connection.info
        where = make_conninfo(**{**info.get_parameters(), "password": info.password, "dbname": name})
        return psycopg.connect(where, autocommit=True)

    def _execute(self, template: str, *names: str) -> None:
        self.connection.execute(sql.SQL(template).format(*map(sql.Identifier, names)))
