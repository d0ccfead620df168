"""What a rollback destroys: its declared `Loses:`, and how many rows that is now."""

from __future__ import annotations

import re
from dataclasses import dataclass

import psycopg

from runner.backend import literal
from runner.rules import Script
from runner.settings import query

_ITEM = re.compile(
    r"(?P<kind>table|column|view|rows of|reference rows of) (?P<name>[a-z_][\w$]*(?:\.[a-z_][\w$]*){1,2})"
)
_EXPLANATION = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Loss:
    """One thing that would be lost; `rows` is None where it is not there, or can't be counted."""

    kind: str
    name: str
    rows: int | None
    exact: bool = True

    def __str__(self) -> str:
        if self.rows is None:
            return f"{self.kind} {self.name}"
        about = "" if self.exact else "about "
        return f"{self.kind} {self.name}: {about}{self.rows:,} {'row' if self.rows == 1 else 'rows'}"


def declared(script: Script) -> str:
    """Return the text of the rollback's `Loses:` line, or a warning that there is none."""
    return script.header.get("Loses", "not declared")


def count(connection: psycopg.Connection, scripts: list[Script]) -> dict[str, list[Loss]]:
    """Count the rows behind the declared losses of each script, by its id. Reads only.

    All in one statement, exactly where that takes under five seconds, else from the statistics.
    """
    items = {
        script.file.id: [(item["kind"], item["name"]) for item in _ITEM.finditer(_plain(script))]
        for script in scripts
    }
    tables = {name: _table(name) for found in items.values() for _, name in found}
    there = {
        table: (rows, empty)
        for table, rows, empty in connection.execute(query("estimates"), ([*tables.values()],))
    }
    known = {name: table for name, table in tables.items() if table in there}
    exactly = _exactly(connection, {name: table for name, table in known.items() if not there[table][1]})
    roughly = {name: 0 if there[table][1] else there[table][0] for name, table in known.items()}
    rows = roughly if exactly is None else {**dict.fromkeys(known, 0), **exactly}
    return {
        identity: [Loss(kind, name, rows.get(name), exactly is not None) for kind, name in found]
        for identity, found in items.items()
    }


def _exactly(connection: psycopg.Connection, tables: dict[str, str]) -> dict[str, int] | None:
    """Count the rows of every table (the values, of a column); None where that takes too long."""
    counts = [
        f"SELECT {literal(name)}, count({_column(name)}) FROM {table}" for name, table in tables.items()
    ]
    if not counts:
        return {}
    try:
        with connection.transaction():
            connection.execute("SET LOCAL statement_timeout = '5s'")
            return dict(connection.execute(" UNION ALL ".join(counts).encode()).fetchall())
    except (psycopg.errors.QueryCanceled, psycopg.errors.UndefinedColumn):
        return None


def _plain(script: Script) -> str:
    return _EXPLANATION.sub("", declared(script))


def _table(name: str) -> str:
    schema, table = name.split(".")[:2]
    return f'"{schema}"."{table}"'


def _column(name: str) -> str:
    column = name.split(".")[2:]
    return f'"{column[0]}"' if column else "*"
