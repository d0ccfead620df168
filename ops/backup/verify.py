"""Reading a stored dump back: each file's hash, pg_restore's list, and the rows of every table."""

from __future__ import annotations

import contextlib
import re
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.backup.manifest import File, Table
from ops.backup.measured import Measured
from ops.backup.places import CHUNK, Place
from ops.backup.programs import Process, Programs, running
from runner.errors import Exit, RunnerError

DATABASE = "database.dump"
FOLDER = "database"
GLOBALS = "globals.sql"
Tell = Callable[[str], None]
Rows = Counter[tuple[str, str]]  # by schema and table
_NAME = rb'("(?:[^"]|"")+"|[^". ]+)'
_COPY = re.compile(rb"COPY " + _NAME + rb"\." + _NAME + rb" (?:\(.*\) )?FROM stdin;\n")
_END_OF_GLOBALS = b"PostgreSQL database cluster dump complete"


def check(
    place: Place,
    name: str,
    files: Iterable[File],
    tables: Iterable[Table],
    programs: Programs,
    tell: Tell | None = None,
) -> int:
    """Read a dump back from its place; return how many entries pg_restore lists.

    Raises RunnerError (exit 4) where a file is missing or not as it was written, pg_restore can't read
    it, or a table has not the rows it should.
    """
    files, rows = list(files), Rows()
    for file in files:
        if file.name == DATABASE:
            entries = _check_stream(place, name, file, programs, rows, tell)
        elif file.name == GLOBALS:
            _check_globals(place, name, file)
    if any(file.name.startswith(f"{FOLDER}/") for file in files):
        entries = _check_folder(place, name, files, programs, rows, tell)
    _compare(name, tables, rows)
    return entries


@contextmanager
def folder(place: Place, name: str, files: Iterable[File], tell: Tell | None = None) -> Iterator[Path]:
    """Give a dump's data as a local path that pg_restore reads, every hash compared on the way."""
    with tempfile.TemporaryDirectory(prefix="footing-dump-") as scratch:
        local = place.local(name)
        for file in files:
            with place.open(name, file.name) as stored:
                source = Measured(stored, tell)
                target = Path(scratch) / file.name
                target.parent.mkdir(mode=0o700, exist_ok=True)
                with contextlib.ExitStack() as stack:
                    copy = None if local else stack.enter_context(target.open("wb"))
                    while chunk := source.read(CHUNK):
                        if copy:
                            copy.write(chunk)
            same(name, file, source)
        whole = any(file.name == DATABASE for file in files)
        yield (local or Path(scratch)) / (DATABASE if whole else FOLDER)


def same(name: str, file: File, read: Measured) -> None:
    """Raise RunnerError unless what was read is what was written."""
    if (read.bytes, read.sha256) != (file.bytes, file.sha256):
        raise damaged(
            name,
            f"{file.name} is not what was written: {read.bytes} bytes of {file.bytes}, "
            f"SHA-256 {read.sha256} instead of {file.sha256}",
        )


def damaged(name: str, what: str) -> RunnerError:
    """Say that a dump can't be relied on."""
    return RunnerError(
        Exit.DRIFT, "damaged", f"{name}: {what}", "make another now, and see what ails the store"
    )


def _check_stream(
    place: Place, name: str, file: File, programs: Programs, rows: Rows, tell: Tell | None
) -> int:
    """Read a dump of one file once: for its hash, for its list of entries, and for its rows."""
    with (
        place.open(name, file.name) as stored,
        running("pg_restore", programs, "--list", feeds=True) as listing,
        running("pg_restore", programs, "-f-", feeds=True) as everything,
    ):
        listed: list[bytes] = []
        readers = [
            threading.Thread(target=lambda: listed.extend(listing.output)),
            threading.Thread(target=_count, args=(everything, rows)),
        ]
        for reader in readers:
            reader.start()
        source, hungry = Measured(stored, tell), [listing, everything]
        while chunk := source.read(CHUNK):
            hungry = [process for process in hungry if process.feed(chunk)]
        for process in hungry:
            process.feed(b"")
        for reader in readers:
            reader.join()
        same(name, file, source)
        try:
            listing.wait()
            everything.wait()
        except RunnerError as error:
            raise damaged(name, error.message) from None
        return _entries(b"".join(listed).decode(errors="replace"))


def _check_folder(
    place: Place, name: str, files: Iterable[File], programs: Programs, rows: Rows, tell: Tell | None
) -> int:
    """Read a dump of many files: their hashes first, then its list of entries and its rows."""
    with folder(place, name, files, tell) as path:
        try:
            listed = programs.run("pg_restore", "--list", str(path))
            with running("pg_restore", programs, "-f-", str(path)) as everything:
                _count(everything, rows)
                everything.wait()
        except RunnerError as error:
            raise damaged(name, error.message) from None
        return _entries(listed)


def _count(process: Process, rows: Rows) -> None:
    """Count the lines of each COPY in what pg_restore prints; a row is a line."""
    table: tuple[str, str] | None = None
    for line in process.output:
        if table is not None:
            if line == b"\\.\n":
                table = None
            else:
                rows[table] += 1
        elif line.startswith(b"COPY ") and (found := _COPY.fullmatch(line)):
            table = (_unquoted(found[1]), _unquoted(found[2]))
            rows[table] += 0


def _unquoted(name: bytes) -> str:
    text = name.decode()
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _entries(listing: str) -> int:
    return sum(1 for line in listing.splitlines() if line and not line.startswith(";"))


def _check_globals(place: Place, name: str, file: File) -> None:
    with place.open(name, file.name) as stored:
        source = Measured(stored)
        text = b""
        while chunk := source.read(CHUNK):
            text += chunk
    same(name, file, source)
    if _END_OF_GLOBALS not in text:
        raise damaged(name, f"{file.name} has no end")


def _compare(name: str, tables: Iterable[Table], rows: Rows) -> None:
    """Raise RunnerError unless the dump has each table with exactly those rows."""
    expected = {(table.schema, table.name): table.rows for table in tables}
    wrong = [
        f"{'.'.join(table)} has {rows.get(table, 'no')} rows instead of {expected.get(table, 'none')}"
        for table in sorted({*expected, *rows})
        if rows.get(table) != expected.get(table)
    ]
    if wrong:
        raise damaged(name, "; ".join(wrong))
