"""Storing one month: written, read back into a table, compared there, and only then recorded.

Nothing is dropped here; `footing maintain` does that, by ops.drop_archived(). Killed at any moment, it
leaves what the next run takes away, or finds finished and goes on with.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

import psycopg
from psycopg import sql

from ops.archive.file import COPY_OPTIONS, DATA, Packed, damaged, name_of, unpacked
from ops.archive.months import PLAIN_TEXT, Month, about, content
from ops.backup.measured import Measured
from ops.backup.places import Place, manifest

_REGISTER = """
INSERT INTO ops.archives (schema_name, table_name, month, content_hash, row_count, place, name, sha256,
                          bytes)
VALUES (%(schema)s, %(table)s, %(from)s::date, %(content_hash)s, %(rows)s, %(place)s, %(name)s, %(sha256)s,
        %(bytes)s)
ON CONFLICT ON CONSTRAINT archives_pkey DO UPDATE
   SET place = excluded.place, name = excluded.name, sha256 = excluded.sha256, bytes = excluded.bytes,
       archived_at = excluded.archived_at"""
_REGISTERED = """
SELECT EXISTS (SELECT FROM ops.archives WHERE schema_name = %(schema)s AND table_name = %(table)s
                  AND month = %(from)s::date AND content_hash = %(content_hash)s
                  AND place = %(place)s AND name = %(name)s)"""


def archive(connection: psycopg.Connection, place: Place, month: Month) -> tuple[str, dict[str, Any], bool]:
    """Store a month, unless it is stored with the rows it has; return its name, manifest, if it was new.

    Raises RunnerError, and records nothing, unless the stored copy has exactly those rows.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(PLAIN_TEXT)
        said = about(connection, month)
        name = name_of(connection.info.dbname, said)
        is_there = name in place.finished()
        if is_there:
            said = manifest(place, name)
        else:
            said["file"] = _store(connection, place, name, month, said)
    where = {**said, "place": place.where, "name": name, **said["file"]}
    if is_there and connection.execute(_REGISTERED.encode(), where).fetchone() == (True,):
        return name, said, False
    read_back(connection, place, name, said, month.partition)
    if not is_there:
        place.finish(name, json.dumps({"kind": "archive", **said}, indent=1).encode() + b"\n")
    connection.execute(_REGISTER.encode(), where)
    return name, said, True


def read_back(
    connection: psycopg.Connection, place: Place, name: str, said: dict[str, Any], like: str
) -> None:
    """Load a stored file into a table that is rolled back; raise RunnerError unless it has its rows."""
    schema = sql.Identifier(said["schema"])
    table = sql.SQL(".").join([schema, sql.Identifier(f"{said['table']}_read_back")])
    with connection.transaction(force_rollback=True):
        connection.execute(sql.SQL("CREATE UNLOGGED TABLE {} (LIKE {})").format(table, sql.SQL(like)))
        load(connection, place, name, said, table.as_string(connection))


def load(connection: psycopg.Connection, place: Place, name: str, said: dict[str, Any], table: str) -> None:
    """Load a stored file into an empty table, in the open transaction, and compare file and rows."""
    connection.execute(PLAIN_TEXT)
    with place.open(name, DATA) as stored:
        source = Measured(stored)
        itself, pieces = unpacked(source)
        with connection.cursor().copy(_copy(table, said, "FROM STDIN")) as copy:
            for piece in pieces:
                copy.write(piece)
    if (source.bytes, source.sha256) != (said["file"]["bytes"], said["file"]["sha256"]):
        raise damaged(f"{place.where}/{name}/{DATA} is not what was written")
    if itself["content_hash"] != said["content_hash"]:
        raise damaged(f"{place.where}/{name}: the file and its manifest are not of the same rows")
    if content(connection, table) != (said["rows"], said["content_hash"]):
        raise damaged(f"{place.where}/{name} has not the rows it should")


def _store(
    connection: psycopg.Connection, place: Place, name: str, month: Month, said: dict[str, Any]
) -> dict[str, Any]:
    """Write the file; return its name, size and SHA-256."""
    size = connection.execute("SELECT pg_table_size(%s::regclass)", [month.partition]).fetchone() or (0,)
    try:
        with connection.cursor().copy(_copy(month.partition, said, "TO STDOUT")) as copy:
            source = Measured(Packed(said, copy))
            place.put(name, DATA, source, size[0])
    except BaseException:
        with contextlib.suppress(Exception):  # the next run takes away what can't be now
            place.remove(name)
        raise
    return {"file": DATA, "bytes": source.bytes, "sha256": source.sha256}


def _copy(table: str, said: dict[str, Any], direction: str) -> sql.Composed:
    """Return COPY for the columns of an archive, in their order."""
    columns = sql.SQL(", ").join(sql.Identifier(column["name"]) for column in said["columns"])
    template = (
        "COPY {} ({}) FROM STDIN {}"
        if direction == "FROM STDIN"
        else "COPY (SELECT {1} FROM ONLY {0}) TO STDOUT {2}"
    )
    return sql.SQL(template).format(sql.SQL(table), columns, sql.SQL(COPY_OPTIONS))
