"""What a rollback destroys: its declared `Loses:`, and how many rows that is now."""

from __future__ import annotations

import re
from dataclasses import dataclass

import psycopg

from runner.rules import Script
from runner.settings import query

_ITEM = re.compile(
    r"(?P<kind>table|column|view|rows of|reference rows of) (?P<name>[a-z_][\w$]*(?:\.[a-z_][\w$]*){1,2})"
)
_COUNTED = 256 * 2**20  # bytes
_EXPLANATION = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Loss:
    """One thing that would be lost; `rows` is None where it is not there, or may not be read."""

    kind: str
    name: str
    rows: int | None
    exact: bool

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

    Tables of 256 MB and more are not counted: their number is that of the statistics.
    """
    items = {script.file.id: _ITEM.findall(_EXPLANATION.sub("", declared(script))) for script in scripts}
    names = list({name for found in items.values() for _, name in found})
    rows: dict[str, tuple[int, bool]] = {}
    counting = []
    for name, statement, size, estimate in connection.execute(query("losses"), (names,)):
        rows[name] = (estimate if size else 0, size == 0)
        if 0 < size < _COUNTED:
            counting.append(statement)
    if counting:
        counted = connection.execute(" UNION ALL ".join(counting).encode())
        rows |= {name: (number, True) for name, number in counted}
    return {
        identity: [Loss(kind, name, *rows.get(name, (None, True))) for kind, name in found]
        for identity, found in items.items()
    }
