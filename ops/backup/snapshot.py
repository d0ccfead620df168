"""The one moment that a dump shows: a snapshot that pg_dump shares, and the rows of each table in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from ops.backup.manifest import Table
from ops.backup.programs import Programs, programs
from runner import connection as connections
from runner import session as sessions
from runner.errors import RunnerError
from runner.output import Output
from runner.session import Options

_KEY = int.from_bytes(b"dump", "big")
_ALONE = f"SELECT pg_catalog.pg_try_advisory_lock({_KEY})"
_PATIENT = """
SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN '60s' ELSE '0' END, false)
  FROM pg_catalog.pg_settings
 WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_session_timeout',
                'idle_in_transaction_session_timeout', 'lock_timeout')"""
_TABLES = """
SELECT n.nspname, c.relname, pn.nspname || '.' || p.relname,
       pg_catalog.format('SELECT count(*) FROM ONLY %I.%I', n.nspname, c.relname)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid AND c.relispartition
  LEFT JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
  LEFT JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1, 2"""


@dataclass(frozen=True)
class Snapshot:
    """An open, exported snapshot: whoever imports its id sees the same rows as this connection."""

    connection: psycopg.Connection
    programs: Programs
    id: str
    role: str | None  # to be taken before reading, so that row security hides nothing; None: the login

    @property
    def database(self) -> str:
        """The database's name."""
        return self.connection.info.dbname

    @property
    def version(self) -> str:
        """The server's version, such as 15.18."""
        number = self.connection.info.server_version
        return f"{number // 10_000}.{number % 10_000}"

    def one(self, query: str) -> object:
        """Return the one value of a query."""
        row = self.connection.execute(query.encode()).fetchone()
        return row[0] if row else None

    def migration(self) -> int | None:
        """Return the number of the last migration applied, or None where none is recorded."""
        if self.one("SELECT pg_catalog.to_regclass('footing.checksums') IS NULL"):
            return None
        applied = (
            "SELECT max(substring(migration_id FROM '^\\d+')::int) FROM footing.checksums"
            " WHERE state = 'applied'"
        )
        number = self.one(applied)
        return int(str(number)) if number is not None else None

    def tables(self) -> tuple[Table, ...]:
        """Count the rows of every table. Where row security would hide some, it is an error instead."""
        return count_tables(self.connection)


def count_tables(connection: psycopg.Connection) -> tuple[Table, ...]:
    """Return every table that pg_dump dumps the rows of, with their number."""
    counted = []
    for schema, name, parent, query in connection.execute(_TABLES.encode()).fetchall():
        (rows,) = connection.execute(query.encode()).fetchone() or (0,)
        counted.append(Table(schema, name, rows, parent))
    return tuple(counted)


@contextmanager
def snapshot(output: Output) -> Iterator[Snapshot]:
    """Open the database that the environment names, alone among dumps of it, and export a snapshot.

    A standby will do. Raises RunnerError for a pooler, no connection, or while another dump is made.
    """
    target = sessions.resolve(Options(), output)
    connection = connections.connect(target, "dump", write=False)
    try:
        server = connections.probe(connection)
        output.facts["database_name"] = server.database
        connection.execute(_PATIENT.encode())
        connection.execute(
            "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'"
        )
        if connection.execute(_ALONE.encode()).fetchone() != (True,):
            raise RunnerError.locked(
                "dumping", f"another dump of {server.database} is being made", "let it finish"
            )
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        role = connections.OWNER if server.member and not server.superuser else None
        if role:
            connection.execute(f"SET LOCAL ROLE {role}".encode())
        connection.execute("SET LOCAL row_security = off")
        row = connection.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()
        assert row  # noqa: S101 (a function's result is a row)
        yield Snapshot(connection, programs(connection, target), row[0], role)
    finally:
        connection.close()
