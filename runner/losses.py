"""What a rollback destroys: its declared `Loses:`, and how many rows that is now."""

from __future__ import annotations

import re
from dataclasses import dataclass

import psycopg

from runner.rules import Script

_ITEM = re.compile(
    r"(?P<kind>table|column|view|rows of|reference rows of) (?P<name>[a-z_][\w$]*(?:\.[a-z_][\w$]*){1,2})"
)
_EXPLANATION = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Loss:
    """One thing that would be lost; `rows` is None where it can't be counted now."""

    kind: str
    name: str
    rows: int | None
    exact: bool = True

    def __str__(self) -> str:
        if self.rows is None:
            return f"{self.kind} {self.name}"
        about = "" if self.exact else "about "
        what = "row" if self.rows == 1 else "rows"
        return f"{self.kind} {self.name}: {about}{self.rows:,} {what}"


def declared(script: Script) -> str:
    """Return the text of the rollback's `Loses:` line, or a warning that there is none."""
    return script.header.get("Loses", "not declared")


def count(connection: psycopg.Connection, script: Script) -> list[Loss]:
    """Count the rows behind each declared loss, exactly where that takes under two seconds. Reads only."""
    text = _EXPLANATION.sub("", declared(script))
    return [_counted(connection, item["kind"], item["name"]) for item in _ITEM.finditer(text)]


def _counted(connection: psycopg.Connection, kind: str, name: str) -> Loss:
    schema, table, *column = name.split(".")
    relation = f'"{schema}"."{table}"'
    what = f'"{column[0]}"' if column else "*"
    try:
        with connection.transaction():
            connection.execute("SET LOCAL statement_timeout = '2s'")
            row = connection.execute(f"SELECT count({what}) FROM {relation}".encode()).fetchone()
        return Loss(kind, name, row[0] if row else None)
    except psycopg.errors.QueryCanceled:
        row = connection.execute(
            "SELECT greatest(c.reltuples, 0)::bigint FROM pg_catalog.pg_class AS c "
            "WHERE c.oid = pg_catalog.to_regclass(%s)",
            (relation,),
        ).fetchone()
        return Loss(kind, name, row[0] if row else None, exact=False)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return Loss(kind, name, 0)
    except psycopg.errors.InsufficientPrivilege:
        return Loss(kind, name, None)
