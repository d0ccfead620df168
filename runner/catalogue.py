"""The catalogue as text: what a database contains, object by object, and what it should contain.

`sql/catalogue.jsonl` (generated, committed) records what each migration adds, changes and drops, so that
a database can be compared with any number, whatever the server's version.
"""

from __future__ import annotations

import json
from pathlib import Path

import psycopg

from runner.connection import OWNER
from runner.errors import Exit, RunnerError
from runner.records import yoyo_times
from runner.settings import query

FILE = "catalogue.jsonl"
_REGISTRIES = """
SELECT pg_catalog.format('%I.%I', schema_name, table_name) FROM ops.column_classes
 WHERE schema_name = 'ops' GROUP BY 1 HAVING bool_and(class = 'public') ORDER BY 1"""
_SHOWN = 200  # characters of a difference
_LISTED = 20  # differences in a message; --json has them all


def live(connection: psycopg.Connection) -> dict[str, str]:
    """Return every object of the database with its definition, and the rows of ops's registries.

    A registry is a table of ops that ops.column_classes calls public throughout. Reads only.
    """
    objects: dict[str, str] = dict(connection.execute(query("catalogue")).fetchall())
    if "table ops.column_classes" in objects:
        for (table,) in connection.execute(_REGISTRIES).fetchall():
            rows = connection.execute(f"SELECT to_jsonb(t)::text FROM {table} AS t".encode())
            objects |= {f"row of {table} {row}": "as the migrations have it" for (row,) in rows}
    return objects


def take_over(connection: psycopg.Connection) -> dict[str, str]:
    """Make footing_owner the owner of what another role made in our schemas, in the open transaction.

    Returns the times at which plain yoyo applied what it did, by migration.
    """
    connection.execute("SET LOCAL ROLE NONE")
    connection.execute(query("takeover"))
    times = yoyo_times(connection)
    connection.execute(f"SET LOCAL ROLE {OWNER}")
    return times


def recorded(path: Path, number: int) -> dict[str, str]:
    """Return what a database should contain after migration `number`.

    Raises RunnerError where nothing is recorded up to that number.
    """
    if not path.exists():
        raise RunnerError.usage(f"{path} is missing", "make generate writes it from the migrations")
    objects: dict[str, str] = {}
    reached = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        reached = entry["at"]
        if reached > number:
            return objects
        if entry["is"] is None:
            objects.pop(entry["object"], None)
        else:
            objects[entry["object"]] = entry["is"]
    if reached < number:
        raise RunnerError.usage(f"{path} ends at {reached:04}, before {number:04}", "run make generate")
    return objects


def compare(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Return a line for each object that is missing, unknown or different."""
    differing = {name for name, _ in expected.items() ^ found.items()}
    return [f"{name}: {_difference(expected.get(name), found.get(name))}" for name in sorted(differing)]


def require(connection: psycopg.Connection, expected: dict[str, str], number: int, hint: str) -> None:
    """Raise RunnerError where a live catalogue is not the one recorded for a number, object by object."""
    differences = compare(expected, live(connection))
    if differences:
        shown = [*differences[:_LISTED], f"… and {len(differences) - _LISTED} more"][: len(differences)]
        lines = [f"this database is not what the migrations up to {number:04} make:", *shown]
        text = "\n    ".join(lines)
        raise RunnerError(Exit.DRIFT, "catalogue", text, hint, differences=differences)


def _difference(expected: str | None, found: str | None) -> str:
    if found is None:
        return "missing here"
    if expected is None:
        return "exists here, and nowhere in the migrations"
    here, there = _parts(found), _parts(expected)
    only_here = "; ".join(part for part in here if part not in there) or "nothing"
    only_there = "; ".join(part for part in there if part not in here) or "nothing"
    return f"differs\n      here:     {_short(only_here)}\n      expected: {_short(only_there)}"


def _parts(definition: str) -> list[str]:
    return " ".join(definition.split()).split("; ")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
