"""Fills tables with valid rows, whatever tables there are: what a CHECK demands is found by asking it.

A row is one INSERT … SELECT over a series of numbers: row n of a table refers to row n of each table that
it refers to, so that tenants agree. Where no row can be found, tests/proof/rows/SCHEMA.TABLE.sql has one.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from runner.settings import CHECKOUT
from tools.proof.values import LAST, candidates, components, poverty, spread

HINTS = CHECKOUT / "tests" / "proof" / "rows"
_TABLES = Path(__file__).with_name("tables.sql")
_FEW = 100  # rows
_MOST = 20_000  # combinations


class NoRow(Exception):
    """No valid row was found for a table."""


@dataclass
class Table:
    """A table, and the INSERT that fills it once that is found."""

    name: str
    columns: list[dict[str, Any]]
    foreign_keys: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    unique_columns: list[str]
    key: list[str]
    insert: str = ""


def tables(connection: psycopg.Connection) -> dict[str, Table]:
    """Return every table that is not a partition, in the order they were made. Reads only."""
    found: list[Any] = connection.execute(_TABLES.read_bytes()).fetchall()
    filled: list[list[Any]] = [[part or [] for part in row] for row in found]
    return {row[0]: Table(*row) for row in filled}


class Filler:
    """Fills tables through a superuser's connection, and remembers how."""

    def __init__(self, connection: psycopg.Connection, rows: int) -> None:
        """Fill with so many rows each."""
        self.connection = connection
        self.rows = rows
        self._keys: dict[str, list[str]] = {}
        self._inserts: dict[str, str] = {}

    def fill(self) -> None:
        """Put rows into every table that has none. Raises NoRow for one that can't be given any."""
        known = tables(self.connection)
        self._keys = {table.name: table.key for table in known.values()}
        for table in known.values():
            if self._is_empty(table.name):
                self._fill(table)

    def _fill(self, table: Table) -> None:
        hint = HINTS / f"{table.name}.sql"
        if hint.exists():
            self._run(hint.read_text(encoding="utf-8"), self.rows)
            return
        known = self._inserts.get(table.name)
        if known is None or not self._works(known):
            known = self._inserts[table.name] = self._found(table)
        self._run(known, self.rows)
        if self.rows > _FEW:
            self.connection.execute(f"ANALYZE {table.name}".encode())  # or the next join is a nested loop
        if self._is_empty(table.name):
            raise NoRow(_no_row(table, "its rows vanish"))

    def _found(self, table: Table) -> str:
        values = self._values(table)
        full, error = self._insert(table, values), ""
        if not (error := self._refused(full)):
            return full
        required = {column["name"] for column in table.columns if column["required"]}
        defaults = {column["name"] for column in table.columns if column["default"]}
        kept = {name: value for name, value in values.items() if name in required - defaults}
        if refused := self._refused(self._insert(table, kept)):
            raise NoRow(_no_row(table, f"{refused} (and with every column: {error})"))
        for name, value in values.items():
            if name not in kept and not self._refused(self._insert(table, {**kept, name: value})):
                kept[name] = value
        return self._insert(table, kept)

    def _values(self, table: Table) -> dict[str, str]:
        """Choose a value for each column, so that every CHECK holds."""
        options = {
            column["name"]: self._passing(
                table, column, candidates(column, table.checks, column["name"] in table.unique_columns)
            )
            for column in table.columns
        }
        options = {name: values for name, values in options.items() if values}
        chosen = {name: values[0] for name, values in options.items()}
        for together in components(table.checks):
            names = [name for name in together if name in options]
            if len(names) > 1:
                chosen |= self._agreeing(table, names, options)
        return chosen

    def _passing(self, table: Table, column: dict[str, Any], values: list[str]) -> list[str]:
        """Keep the values that pass the CHECKs of this column alone; without any, a trigger may fill it."""
        alone = [check for check in table.checks if check["columns"] == [column["name"]]]
        return [value for value in values if self._holds({column["name"]: value}, alone)]

    def _agreeing(self, table: Table, names: list[str], options: dict[str, list[str]]) -> dict[str, str]:
        checks = [check for check in table.checks if set(check["columns"]) <= set(names)]
        few = [
            list(dict.fromkeys([*options[name][:LAST], *spread(options[name]), options[name][-1]]))
            for name in names
        ]
        ranked = sorted(itertools.islice(itertools.product(*few), _MOST), key=poverty)
        for combination in ranked:
            values = dict(zip(names, combination, strict=True))
            if self._holds(values, checks):
                return values
        reasons = "; ".join(check["expression"] for check in checks)
        raise NoRow(_no_row(table, f"no values of {', '.join(names)} pass {reasons}"))

    def _holds(self, values: dict[str, str], checks: list[dict[str, Any]]) -> bool:
        row = ", ".join(f"{value} AS {name}" for name, value in values.items())
        conditions = " AND ".join(f"(({check['expression']}) IS NOT FALSE)" for check in checks) or "true"
        numbers = ", ".join(f"({n})" for n in (1, 2, 7, 150, self.rows) if n <= self.rows)
        source = f"(SELECT {row} FROM (VALUES {numbers}) AS g (n)) AS r"
        asked = f"SELECT bool_and({conditions}) FROM {source}"
        try:
            with self.connection.transaction():
                found = self.connection.execute(asked.encode()).fetchone()
        except psycopg.Error:
            return False
        return bool(found and found[0])

    def _insert(self, table: Table, values: dict[str, str]) -> str:
        """Return the INSERT of rows %(first)s to %(last)s, each beside the rows it refers to."""
        given = dict(values)
        joins: list[str] = []
        referred: set[str] = set()
        for number, key in enumerate(table.foreign_keys):
            pairs = list(zip(key["columns"], key["parent_columns"], strict=True))
            wanted = [(own, theirs) for own, theirs in pairs if own not in referred]
            if not wanted or any(given.get(own, "(NULL)").startswith("(NULL)") for own, _ in wanted):
                continue
            alias = f"p{number}"
            joins.append(self._parent(key["parent"], alias, [
                f"{theirs} = {given[own]}" for own, theirs in pairs if own in referred
            ]))  # fmt: skip
            given |= {own: f"{alias}.{theirs}" for own, theirs in wanted}
            referred |= {own for own, _ in wanted}
        names, expressions = ", ".join(given), ", ".join(given.values())
        series = "generate_series(%(first)s::bigint, %(last)s::bigint) AS g (n)"
        target = f"INSERT INTO {table.name} ({names})" if given else f"INSERT INTO {table.name}"
        source = f"SELECT {expressions} FROM {series} {' '.join(joins)}"
        return f"{target} {source} ON CONFLICT DO NOTHING"

    def _parent(self, parent: str, alias: str, conditions: list[str]) -> str:
        order = ", ".join(self._keys[parent])
        if conditions:
            return (
                f"CROSS JOIN LATERAL (SELECT * FROM {parent} WHERE {' AND '.join(conditions)}"
                f" ORDER BY {order} LIMIT 1) AS {alias}"
            )
        numbered = f"SELECT *, row_number() OVER (ORDER BY {order}) AS n FROM {parent}"
        place = f"1 + (g.n - 1) % (SELECT count(*) FROM {parent})"
        return f"JOIN ({numbered}) AS {alias} ON {alias}.n = {place}"

    def _refused(self, insert: str) -> str:
        """Try an INSERT and take it back; return what the server said against it, or nothing."""
        try:
            with self.connection.transaction(force_rollback=True):
                self._run(insert, 1)
        except psycopg.Error as error:
            return str(error).splitlines()[0]
        return ""

    def _works(self, insert: str) -> bool:
        return not self._refused(insert)

    def _run(self, statement: str, rows: int) -> None:
        bound = statement.replace("%(first)s", "1").replace("%(last)s", str(rows))
        self.connection.execute(bound.encode())

    def _is_empty(self, table: str) -> bool:
        return self.connection.execute(f"SELECT FROM {table} LIMIT 1".encode()).fetchone() is None


def _no_row(table: Table, reason: str) -> str:
    return (
        f"no row could be made for {table.name}: {reason}\n"
        f"    → write an INSERT of rows %(first)s to %(last)s into {HINTS.name}/{table.name}.sql "
        f"(see {json.dumps(str(HINTS.relative_to(CHECKOUT)))}/README.md)"
    )
