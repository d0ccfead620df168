"""Bringing a month back: a table like its siblings, filled, compared, and attached, in one transaction."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from ops.archive.archiving import load
from ops.archive.months import columns
from ops.backup.places import Place
from runner.errors import Exit, RunnerError

_HOLD = """
INSERT INTO ops.archives (schema_name, table_name, month, content_hash, row_count, place, name, sha256,
                          bytes, archived_at, held_until)
VALUES (%(schema)s, %(table)s, %(from)s::date, %(content_hash)s, %(rows)s, %(place)s, %(name)s, %(sha256)s,
        %(bytes)s, %(archived_at)s, now() + %(days)s * interval '1 day')
ON CONFLICT ON CONSTRAINT archives_pkey DO UPDATE SET held_until = excluded.held_until"""
_TRIES = 20  # a second each: others must not queue for long behind a lock that waits


def restore(
    connection: psycopg.Connection, place: Place, name: str, said: dict[str, Any], days: float
) -> str:
    """Attach a stored month to its log again and return the partition's name.

    It is held for so many days, during which `footing maintain` leaves it. Raises RunnerError, and changes
    nothing, where the month is there, the log has other columns now, or the rows are not those stored.
    """
    parent = f"{said['schema']}.{said['table']}"
    month = date.fromisoformat(said["from"][:10])
    _refuse(connection, parent, month, said)
    with connection.transaction():
        made = connection.execute(
            "SELECT ops.create_detached_partition(%s::regclass, %s)", [parent, month]
        ).fetchone()
        partition = str(made and made[0])
        load(connection, place, name, said, partition)
        _attach(connection, parent, month)
        connection.execute(
            _HOLD.encode(), {**said, "place": place.where, "name": name, **_file(said), "days": days}
        )
    connection.execute(sql.SQL("ANALYZE {}").format(sql.SQL(partition)))
    return partition


def _file(said: dict[str, Any]) -> dict[str, Any]:
    return {"sha256": said["file"]["sha256"], "bytes": said["file"]["bytes"]}


def _refuse(connection: psycopg.Connection, parent: str, month: date, said: dict[str, Any]) -> None:
    """Raise RunnerError where the month is there, or the log is not what it was."""
    there = f"{parent}_{month:%Y_%m}"
    if connection.execute("SELECT to_regclass(%s) IS NOT NULL", [there]).fetchone() == (True,):
        raise RunnerError.usage(f"{there} is there", "there is nothing to restore")
    now = {column["name"]: column["type"] for column in columns(connection, parent)}
    then = {column["name"]: column["type"] for column in said["columns"]}
    if now != then:
        changed = ", ".join(sorted(name for name in {*now, *then} if now.get(name) != then.get(name)))
        raise RunnerError(
            Exit.DRIFT,
            "columns",
            f"{parent} has changed since: {changed}",
            "load the file by hand into a table of its own (docs/archive.md)",
        )


def _attach(connection: psycopg.Connection, parent: str, month: date) -> None:
    """Attach, giving way to others between tries."""
    connection.execute("SET LOCAL lock_timeout = '1s'")
    for attempt in range(_TRIES):
        try:
            with connection.transaction():
                connection.execute("SELECT ops.attach_partition(%s::regclass, %s)", [parent, month])
        except psycopg.errors.LockNotAvailable:
            if attempt == _TRIES - 1:
                raise
        except psycopg.errors.ForeignKeyViolation as error:
            raise RunnerError(
                Exit.SQL,
                "references",
                f"rows of that month refer to what is gone: {error.diag.message_detail}",
                "load the file by hand into a table of its own (docs/archive.md)",
            ) from None
        else:
            return
