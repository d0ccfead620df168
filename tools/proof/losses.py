"""What a rollback destroyed, beside what its `Loses:` line declares."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg

from runner.rules import Script
from tools.proof.state import Rows

# As a superuser, in the runner's schema, which no catalogue lists.
_WATCH = """
CREATE TABLE footing.proof_drops (kind text, name text);
CREATE FUNCTION footing.proof_note_drops() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO footing.proof_drops
    SELECT d.object_type, d.object_identity
    FROM pg_event_trigger_dropped_objects() AS d
    WHERE d.object_type IN ('table', 'table column') AND NOT d.is_temporary;
END
$$;
CREATE EVENT TRIGGER proof_note_drops ON sql_drop EXECUTE FUNCTION footing.proof_note_drops();
"""
_ITEM = re.compile(r"(table|column|reference rows of|rows of) ([a-z_][\w$.]*)")


def watch(connection: psycopg.Connection) -> None:
    """Have the server note every table and column that is dropped from now on. Needs a superuser."""
    connection.execute(_WATCH)


def unwatch(connection: psycopg.Connection) -> None:
    """Take the watch away again."""
    connection.execute(
        "DROP EVENT TRIGGER proof_note_drops; DROP FUNCTION footing.proof_note_drops();"
        " DROP TABLE footing.proof_drops"
    )


def observed(
    connection: psycopg.Connection, before: dict[str, Rows], after: dict[str, Rows]
) -> set[tuple[str, str]]:
    """Return what was lost since it was last asked, and forget it: tables, columns, rows of tables."""
    noted = connection.execute("DELETE FROM footing.proof_drops RETURNING kind, name").fetchall()
    tables = {name for kind, name in noted if kind == "table" and name in before}
    lost = {("table", name) for name in tables}
    columns = {name for kind, name in noted if kind == "table column"}
    lost |= {("column", name) for name in columns if name.rpartition(".")[0] in before.keys() - tables}
    for name in before.keys() & after.keys():
        was, now = before[name], after[name]
        same = was.digest == now.digest or was.columns != now.columns
        if was.count != now.count or not same:
            lost.add(("rows", name))
    return lost


def disagreements(script: Script, lost: set[tuple[str, str]]) -> Iterator[str]:
    """Yield where a rollback's `Loses:` line and what it destroyed part."""
    text = re.sub(r"\([^()]*\)", "", script.header.get("Loses", ""))
    named = {(kind.removeprefix("reference ").split()[0], name) for kind, name in _ITEM.findall(text)}
    for kind, name in sorted(lost - named):
        yield f"destroys {_said(kind, name)}, which its Loses: line does not name"
    for kind, name in sorted(named - lost):
        yield f"says that it loses {_said(kind, name)}, and does not"


def _said(kind: str, name: str) -> str:
    return f"rows of {name}" if kind == "rows" else f"{kind} {name}"
