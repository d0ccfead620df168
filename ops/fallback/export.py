"""Writes a read-only SQLite copy of the assistant's rules, practices and templates.

Run as `make fallback FILE=…` or `python -m ops.fallback.export FILE`. The database is the one the
runner would use: DATABASE_URL, the PG* variables, or the embedded server of this checkout.

All of it is read in one transaction, so that the copy shows one moment, and written beside FILE and
renamed: FILE is the old copy or the new one, never a part of either, whatever stops the export.

Exit codes: those of the runner (docs/commands.md): 0 done; 2 FILE can't be written; 3 the database has
no assistant schema yet; 6 the server refused a statement; 7 a pooler; 8 no connection, or no right to
read everything; 130 and 143 interrupted.
"""

from __future__ import annotations

import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from psycopg.rows import dict_row

from ops.fallback.replace import replacing
from runner.errors import Exit, Interrupted, RunnerError, Terminated
from runner.output import Output, count
from runner.session import Options, Session, reading
from runner.unexpected import translated

SCHEMA = Path(__file__).with_name("schema.sql")
BATCH = 1000
APPLICATION_ID = int.from_bytes(b"FOOT")  # what `file` and PRAGMA application_id tell it by

# A moment as SQLite's own functions read it, which sorts as text.
_MOMENT = "pg_catalog.to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_MOMENTS = {"created_at", "updated_at"}
_JSON = {"examples", "anti_patterns", "benefits", "reference_links", "variables", "tags"}
_ACTIVE = {"active", "is_active"}


def export(file: Path, output: Output) -> dict[str, Any]:
    """Write the copy and return its stamp. Leaves FILE as it was on any error.

    Raises RunnerError in plain words where the folder can't be written or the database not be read.
    """
    with replacing(file) as temporary, reading(Options(), "fallback", output) as session:
        _prepare(session)
        return _fill(temporary, session)


def _prepare(session: Session) -> None:
    """Refuse a database without the schema, and a login that would be shown less than everything."""
    connection = session.connection
    row = connection.execute("SELECT pg_catalog.to_regclass('assistant.templates') IS NULL").fetchone()
    if row == (True,):
        raise RunnerError(
            Exit.PENDING,
            "pending",
            f"database {session.server.database} has no assistant schema yet",
            "make migrate, then run this again",
        )
    if session.server.member:
        connection.execute("SET LOCAL ROLE footing_owner")
    # Where policies would hide rows this makes an error of it, instead of an empty copy.
    connection.execute("SET LOCAL row_security = off")


def _fill(file: Path, session: Session) -> dict[str, Any]:
    """Copy the active rows into the new file, index their words, and check what was written."""
    with _sqlite(file) as copy:
        copy.executescript(SCHEMA.read_text(encoding="utf-8"))
        copy.execute("BEGIN")
        tables = {
            table: _copy_table(session.connection, copy, table)
            for table in ("rules", "practices", "templates")
        }
        stamp = {**_stamp(session), **tables}
        marks = ", ".join(f":{column}" for column in stamp)
        copy.execute(f"INSERT INTO snapshot (one_row, {', '.join(stamp)}) VALUES (1, {marks})", stamp)
        copy.execute("COMMIT")
        copy.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        copy.execute(f"PRAGMA user_version = {stamp['schema_version']}")
        if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("SQLite finds the new copy damaged")
    return stamp


def _copy_table(source: psycopg.Connection, copy: sqlite3.Connection, table: str) -> int:
    """Copy the active rows of one table, a batch at a time, and return how many there were."""
    columns = [row[1] for row in copy.execute(f"PRAGMA table_info({table})")]
    flag = next(column for column in columns if column in _ACTIVE)
    query = (
        f"SELECT {', '.join(map(_selected, columns))} FROM assistant.{table}"
        f" WHERE {flag} ORDER BY {columns[0]}"
    )
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)})"
    copied = 0
    with source.cursor(f"fallback_{table}") as cursor:
        cursor.execute(query.encode())
        while rows := cursor.fetchmany(BATCH):
            copy.executemany(insert, rows)
            copied += len(rows)
    copy.execute(f"INSERT INTO {table}_search ({table}_search) VALUES ('rebuild')")
    return copied


def _selected(column: str) -> str:
    """Return how a column is read, so that SQLite gets text and numbers only."""
    if column in _MOMENTS:
        return _MOMENT.format(column)
    if column in _JSON:
        return f"{column}::text"
    if column in ("effectiveness_score", "adoption_rate"):
        return f"{column}::double precision"
    return f"{column}::integer" if column in _ACTIVE or column == "is_required" else column


def _stamp(session: Session) -> dict[str, Any]:
    """Return when this transaction began, the last migration applied, and where the feed is."""
    now = _MOMENT.format("pg_catalog.now()")
    query = f"SELECT {now} AS taken_at, assistant.latest_change_id() AS change_id"
    with session.connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query.encode()).fetchone()
    applied = [record.number for record in session.records if record.state == "applied"]
    return {**(row or {}), "schema_version": max(applied, default=0)}


@contextmanager
def _sqlite(file: Path) -> Iterator[sqlite3.Connection]:
    """Open the new file, which nobody reads yet: no journal, and one flush at the end, which is ours."""
    copy = sqlite3.connect(file, isolation_level=None)
    try:
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        yield copy
    finally:
        copy.close()


def _stop(number: int, _: object) -> NoReturn:
    raise Terminated if number == signal.SIGTERM else Interrupted


def main() -> int:
    """Write the copy named on the command line; return an exit code."""
    output = Output("fallback", as_json=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        if len(sys.argv) != 2 or not sys.argv[1]:  # noqa: PLR2004 (the program, and FILE)
            raise RunnerError.usage(
                "name the file to write", "make fallback FILE=/srv/assistant/fallback.db"
            )
        file = Path(sys.argv[1])
        stamp = export(file, output)
    except RunnerError as error:
        return _failed(output, error)
    except (KeyboardInterrupt, Exception) as error:
        if isinstance(error, KeyboardInterrupt):
            output.aside(f"interrupted: {sys.argv[1]} was left whole", fg="red")
            return int(Exit.TERMINATED if isinstance(error, Terminated) else Exit.INTERRUPTED)
        return _failed(output, translated(error))
    rows = ", ".join(count(stamp[table], table[:-1]) for table in ("rules", "practices", "templates"))
    output.line(f"{file}: {rows} as of {stamp['taken_at']}, schema {stamp['schema_version']:04}")
    return int(Exit.OK)


def _failed(output: Output, error: RunnerError) -> int:
    output.aside(f"error: {error.message}", fg="red")
    if error.hint:
        output.aside(f"  next: {error.hint}")
    return int(error.exit_code)


if __name__ == "__main__":
    sys.exit(main())
