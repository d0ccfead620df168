"""Which months are to be archived, and what there is to say of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from runner.errors import RunnerError

# How values become text, here as in ops.content_hash(); for the rest of a transaction.
PLAIN_TEXT = b"""
SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL client_encoding = 'UTF8'"""
_EXPIRED = """
SELECT schema_name, table_name, month, partition_name FROM ops.expired_partitions()
 WHERE CASE WHEN %(table)s::text IS NULL THEN archive_first
            ELSE pg_catalog.format('%%I.%%I', schema_name, table_name) = %(table)s END"""
_NAMED = """
SELECT l.schema_name, l.table_name, %(month)s::date, pg_catalog.format('%%I.%%I', l.schema_name, c.relname)
  FROM ops.partitioned_logs AS l
  JOIN pg_catalog.pg_class AS c
    ON c.relnamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident(l.schema_name))
   AND c.relname = l.table_name || pg_catalog.to_char(%(month)s::date, '_YYYY_MM')
 WHERE pg_catalog.format('%%I.%%I', l.schema_name, l.table_name) = %(table)s"""
_COLUMNS = """
SELECT attname, pg_catalog.format_type(atttypid, atttypmod), NOT attnotnull
  FROM pg_catalog.pg_attribute
 WHERE attrelid = %s::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
 ORDER BY attnum"""
_IS_LOG = "SELECT pg_catalog.format('%I.%I', schema_name, table_name) FROM ops.partitioned_logs ORDER BY 1"
_MIGRATION = """
SELECT max(substring(migration_id FROM '^\\d+')::int) FROM footing.checksums WHERE state = 'applied'"""


@dataclass(frozen=True)
class Month:
    """A month of a log: its first day, and the table that has its rows."""

    schema: str
    table: str
    first_day: date
    partition: str  # quoted, with its schema

    @property
    def next_month(self) -> date:
        """The first day that is not in it."""
        day = self.first_day
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)

    def __str__(self) -> str:
        """Return the log and the month."""
        return f"{self.schema}.{self.table} {self.first_day:%Y-%m}"


def due(connection: psycopg.Connection, table: str | None, month: date | None) -> list[Month]:
    """Return the months to archive, the oldest first.

    Without a table: the expired ones of logs whose policy says archive_first. With one: its expired
    months, or the month named. Raises RunnerError for an unknown log, a month without a table, and
    one that is not over.
    """
    if table and table not in (logs := [name for (name,) in connection.execute(_IS_LOG)]):
        raise RunnerError.usage(f"{table} is no log by months", f"the logs are {', '.join(logs)}")
    if month is None:
        return [Month(*row) for row in connection.execute(_EXPIRED.encode(), {"table": table})]
    found = [Month(*row) for row in connection.execute(_NAMED.encode(), {"table": table, "month": month})]
    if not found:
        raise RunnerError.usage(
            f"{table} has no table for {month:%Y-%m}", "make archive/list shows what is stored"
        )
    if found[0].next_month > datetime.now(UTC).date():
        raise RunnerError.usage(
            f"{month:%Y-%m} is not over", "archive it when nothing is written to it any more"
        )
    return found


def columns(connection: psycopg.Connection, table: str) -> list[dict[str, Any]]:
    """Return a table's columns, other than generated ones: name, type, and whether NULL may be in them."""
    rows = connection.execute(_COLUMNS.encode(), [table]).fetchall()
    return [{"name": name, "type": kind, "nullable": nullable} for name, kind, nullable in rows]


def content(connection: psycopg.Connection, table: str) -> tuple[int, str]:
    """Return how many rows a table has, and their hash."""
    row = connection.execute("SELECT * FROM ops.content_hash(%s::pg_catalog.regclass)", [table]).fetchone()
    assert row  # noqa: S101 (a function's result is a row)
    return row[0], row[1]


def about(connection: psycopg.Connection, month: Month) -> dict[str, Any]:
    """Return what an archive of a month says of itself, as of this transaction's snapshot."""
    rows, content_hash = content(connection, month.partition)
    number = connection.info.server_version
    return {
        "database": connection.info.dbname,
        "schema": month.schema,
        "table": month.table,
        "partition": month.partition,
        "from": f"{month.first_day} 00:00:00+00",
        "to": f"{month.next_month} 00:00:00+00",
        "columns": columns(connection, month.partition),
        "rows": rows,
        "content_hash": content_hash,
        "hashed_by": "ops.content_hash",
        "server_version": f"{number // 10_000}.{number % 10_000}",
        "migration": (connection.execute(_MIGRATION.encode()).fetchone() or (None,))[0],
        "archived_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
