"""What a database is at one moment: its catalogue, the roles, and the rows of its tables."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from runner import catalogue

_ROLES = "SELECT 'role ' || quote_ident(rolname) FROM pg_roles"
_TABLES = """
SELECT c.oid::regclass::text, md5(string_agg(a.attname, ',' ORDER BY a.attnum))
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
GROUP BY c.oid
"""
_STATED = """
SELECT c.oid::regclass::text, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
    AND a.attidentity = ''
    AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') !~ '(now|uuid|random|nextval|timestamp)'
GROUP BY c.oid
"""
_DROPPING = {
    "table": "DROP TABLE {};",
    "view": "DROP VIEW {};",
    "materialized view": "DROP MATERIALIZED VIEW {};",
    "sequence": "DROP SEQUENCE {};",
    "function": "DROP FUNCTION {};",
    "procedure": "DROP PROCEDURE {};",
    "index": "DROP INDEX {};",
    "trigger": "DROP TRIGGER {};",
    "policy": "DROP POLICY {};",
    "type": "DROP TYPE {};",
    "schema": "DROP SCHEMA {};",
    "statistics": "DROP STATISTICS {};",
}


@dataclass(frozen=True)
class Rows:
    """The rows of one table: how many, a digest of them, and one of the table's columns."""

    count: int
    digest: str
    columns: str


def objects(connection: psycopg.Connection) -> dict[str, str]:
    """Return the catalogue and the roles, without what the proof itself put there. Reads only."""
    found = {
        name: text for name, text in catalogue.live(connection).items() if not name.startswith("event trig")
    }
    return found | {name: "exists" for (name,) in connection.execute(_ROLES.encode())}


def rows(connection: psycopg.Connection) -> dict[str, Rows]:
    """Return what is in every table. Reads only."""
    shapes: dict[str, str] = dict(connection.execute(_TABLES.encode()).fetchall())
    counting = [
        f"SELECT '{name}', count(*), coalesce(sum(hashtextextended(r::text, 0)), 0)::text FROM {name} AS r"
        for name in shapes
    ]
    found = connection.execute(" UNION ALL ".join(counting).encode()).fetchall() if counting else []
    return {name: Rows(count, digest, shapes[name]) for name, count, digest in found}


def reference(connection: psycopg.Connection) -> dict[str, str]:
    """Return a digest of each table's rows as a file could state them: no identities, no moments."""
    stated = connection.execute(_STATED.encode()).fetchall()
    counting = [
        f"SELECT '{name}', count(*) || ' ' || coalesce(sum(hashtextextended(r::text, 0)), 0)::text"
        f" FROM (SELECT {columns} FROM {name}) AS r"
        for name, columns in stated
    ]
    if not counting:
        return {}
    return dict(connection.execute(" UNION ALL ".join(counting).encode()).fetchall())


def differences(wanted: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    """Yield what a rollback lacks: what it left, what it took, and what it left otherwise."""
    for name in sorted({*wanted, *found}):
        if name not in wanted:
            if not _goes_with_another(name, wanted, found):
                yield f"leaves {name}{_remedy(name)}"
        elif name not in found:
            yield f"takes away {name}, which its file did not make: {_shortened(wanted[name])}"
        elif wanted[name] != found[name]:
            yield f"leaves {name} otherwise than it was:\n{_diff(wanted[name], found[name])}"


def _goes_with_another(name: str, wanted: dict[str, str], found: dict[str, str]) -> bool:
    """Tell whether something was left because its table was, which is said already."""
    kind, _, rest = name.partition(" ")
    table = f"table {rest.rpartition('.')[0] if kind == 'column' else rest.rpartition(' on ')[2]}"
    return table in found and table not in wanted


def _remedy(name: str) -> str:
    if name.startswith("column "):
        table, _, column = name.removeprefix("column ").rpartition(".")
        return f" → ALTER TABLE {table} DROP COLUMN {column};"
    if name.startswith("constraint "):
        constraint, _, table = name.removeprefix("constraint ").partition(" on ")
        return f" → ALTER TABLE {table} DROP CONSTRAINT {constraint};"
    for kind in sorted(_DROPPING, key=len, reverse=True):
        if name.startswith(f"{kind} "):
            rest = name.removeprefix(f"{kind} ").replace(" on ", " ON ")
            return f" → {_DROPPING[kind].format(rest)}"
    return ""


def _diff(wanted: str, found: str) -> str:
    was, now = (text.replace("; ", ";\n").splitlines() for text in (wanted, found))
    lines = list(difflib.unified_diff(was, now, "before", "after the rollback", lineterm="", n=0))
    return "\n".join(f"        {line}" for line in lines if not line.startswith("@@"))


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]} …"  # noqa: PLR2004 (characters)
