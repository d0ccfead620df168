"""The executions that ingest.py writes: rows of the sample under new names, ready to be sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.adapt import PyFormat, Transformer

from tools.bench.place import Place

BATCH = 1000
COLUMNS = {
    "execution_id": "varchar", "test_id": "bigint", "project_id": "bigint", "user_id": "bigint",
    "result": "varchar", "execution_time": "double precision", "started_at": "timestamptz",
    "completed_at": "timestamptz", "browser": "varchar", "error_message": "text", "screenshots": "text[]",
    "logs": "text",
}  # fmt: skip
OURS, THEIRS = "footing", "documents"
TABLES = {OURS: "webtest.test_executions", THEIRS: "document_000.test_executions"}
_PERSON = """
    SELECT user_id FROM core.user_project_access
    WHERE access_level IN ('editor', 'manager') GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT 1
"""
_ROWS = """
    SELECT test_id, project_id, %(person)s::bigint, result, execution_time, started_at, completed_at,
        browser, error_message, screenshots, logs
    FROM webtest.test_executions
    WHERE project_id IN (
        SELECT project_id FROM core.user_project_access
        WHERE user_id = %(person)s AND access_level IN ('editor', 'manager')
    ) AND coalesce(length(error_message), 0) < 5000
    ORDER BY hashint8extended(id, 5)
    LIMIT %(count)s
"""
Row = tuple[Any, ...]


@dataclass
class Supply:
    """Rows as the sample has them, under a new name each time; all by one person."""

    person: int
    rows: list[Row]
    values: list[str]  # the same, as VALUES reads them
    lines: list[bytes]  # and as COPY does
    taken: int = 0

    @classmethod
    def of(cls, place: Place, count: int) -> Supply:
        """Draw that many rows from the sample; they are dealt out again and again."""
        with place.connect() as connection:
            ((person,),) = connection.execute(_PERSON).fetchall()
            values = {"person": person, "count": count}
            rows = connection.execute(_ROWS, values).fetchall()
            with connection.cursor().copy(f"COPY ({_ROWS}) TO STDOUT", values) as copy:
                lines = b"".join(copy).splitlines(keepends=True)
        return cls(person, rows, [_literals(row) for row in rows], lines)

    def _names(self, count: int) -> Iterator[tuple[int, str]]:
        first, self.taken = self.taken, self.taken + count
        for n in range(first, first + count):
            yield n % len(self.rows), f"BX-{n:x}-{n * 2654435761 % 2**32:x}"

    def take(self, count: int) -> list[Row]:
        """Return the next rows."""
        return [(name, *self.rows[n]) for n, name in self._names(count)]

    def statement(self, table: str, count: int = BATCH) -> bytes:
        """Return an INSERT of the next rows."""
        values = ", ".join(f"('{name}', {self.values[n]})" for n, name in self._names(count))
        return f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES {values}".encode()

    def arrays(self, count: int = BATCH) -> list[str]:
        """Return the next rows by column, each an array as PostgreSQL reads it."""
        return [
            _array([_element(value) for value in column]) for column in zip(*self.take(count), strict=True)
        ]

    def text(self, count: int) -> bytes:
        """Return the next rows as COPY reads them."""
        return b"".join(name.encode() + b"\t" + self.lines[n] for n, name in self._names(count))


def of_arrays(table: str) -> bytes:
    """Return the INSERT whose parameters are arrays(): unnest() would take an array of arrays apart."""
    names = ", ".join(COLUMNS)
    values = ", ".join(f"r.{name}::{of}" if of == "text[]" else f"r.{name}" for name, of in COLUMNS.items())
    given = ", ".join("%s::text[]" if of == "text[]" else f"%s::{of}[]" for of in COLUMNS.values())
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM unnest({given}) AS r ({names})".encode()


def _literals(row: Row) -> str:
    return ", ".join(sql.Literal(value).as_string() for value in row)


def _array(values: list[Any]) -> str:
    return bytes(Transformer().get_dumper(values, PyFormat.TEXT).dump(values) or b"").decode()


def _element(value: Any) -> Any:
    return _array(value) if isinstance(value, list) else value
