"""What the schema says of itself in rows: the class of each column, what erasure does, which logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

_REGISTRIES = Path(__file__).with_name("registries.sql")
_THERE = "SELECT to_regclass('ops.column_classes') IS NOT NULL"
_CLASSES = "SELECT schema_name || '.' || table_name, class, columns::text[] FROM ops.column_classes"
_ERASING = """
SELECT schema_name || '.' || table_name, column_name, action, array_to_string(blanked, ', '), reason
FROM ops.erasure_policies
"""
_WIDTH = 96


@dataclass
class Registries:
    """The rows of each registry as literals, and what they say of columns and references."""

    rows: dict[str, tuple[list[str], list[list[str]]]] = field(default_factory=dict)
    classes: dict[tuple[str, str], str] = field(default_factory=dict)
    erasing: dict[tuple[str, str], str] = field(default_factory=dict)


def read(connection: psycopg.Connection[Any]) -> Registries:
    """Read the registries; there are none before the migration that makes them. Reads only."""
    if connection.execute(_THERE).fetchone() != (True,):
        return Registries()
    found = Registries()
    for (table,) in connection.execute(_REGISTRIES.read_bytes()).fetchall():
        found.rows[table] = _rows(connection, table)
    for table, kind, columns in connection.execute(_CLASSES).fetchall():
        found.classes |= {(table, column): kind for column in columns}
    for table, column, action, blanked, reason in connection.execute(_ERASING).fetchall():
        said = f"{action} {blanked}".strip()
        found.erasing[table, column] = f"{said}: {reason}"
    return found


def _rows(connection: psycopg.Connection[Any], table: str) -> tuple[list[str], list[list[str]]]:
    cursor = connection.execute(f"SELECT * FROM {table} LIMIT 0".encode())
    names = [part.name for part in cursor.description or []]
    literals = ", ".join(f"quote_nullable({name}::text)" for name in names)
    query = f"SELECT ARRAY[{literals}] FROM {table} ORDER BY 1"
    return names, sorted(row[0] for row in connection.execute(query.encode()).fetchall())


def insert(table: str, names: list[str], rows: list[list[str]]) -> str:
    """Return the INSERT of a registry's rows; a long one is broken between its values."""
    lines = []
    for row in rows:
        text, length = "    (", 5
        for number, value in enumerate(row):
            comma = "," if number + 1 < len(row) else ""
            if number and length + len(value) > _WIDTH:
                text, length = f"{text.rstrip()}\n     ", 5
            text, length = f"{text}{value}{comma} ", length + len(value) + 2
        lines.append(f"{text.rstrip()})")
    values = ",\n".join(lines)
    return f"INSERT INTO {table} ({', '.join(names)})\nVALUES\n{values};\n"
