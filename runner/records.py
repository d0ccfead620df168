"""What this database says was applied: read without yoyo, so that `status` and a no-op stay fast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from runner.connection import value
from runner.files import MigrationFile
from runner.settings import query


@dataclass(frozen=True)
class Record:
    """One migration as the database remembers it.

    `state` is applied; started or reverting (a file without a transaction, cut short); or unchecked
    (recorded by plain yoyo, without a checksum).
    """

    id: str
    state: str
    checksum: str
    applied_at: datetime | None

    @property
    def number(self) -> int:
        """The number in the id; -1 for an id that has none (not one of ours)."""
        digits = self.id.partition("_")[0]
        return int(digits) if digits.isdigit() else -1

    @property
    def when(self) -> str:
        """When it was applied, as a part of a sentence; nothing where that is not known."""
        return f" on {self.applied_at:%Y-%m-%d %H:%M} UTC" if self.applied_at else ""


class Problem(NamedTuple):
    """A disagreement between files and records, with what to do about it, as `--json` shows it."""

    kind: str
    id: str
    message: str
    hint: str


# What is said of each kind of problem, and what to do about it.
_SAID = {
    "renamed": (
        "{record.id} was applied here{record.when}, and is now called {file.name}",
        "give the file its recorded name again: {record.id}.sql",
    ),
    "missing": (
        "{record.id} was applied here{record.when}, but there is no such file",
        "check out the revision that has it (another branch may have migrated this database), "
        "or restore it from version control",
    ),
    "changed": (
        "{file.name} was edited after it was applied{record.when}: "
        "recorded {record.checksum:.12}, now {file.checksum:.12}",
        "restore it (git checkout) and write a new migration; while still developing it, footing redo",
    ),
    "unchecked": (
        "{file.name} was recorded by plain yoyo, without a checksum",
        "footing adopt --to {record.number:04} checks the catalogue and takes the history over",
    ),
    "out_of_order": (
        "{file.name} is not applied, but {highest:04} already is",
        "give it the next number; or, where it landed late by agreement, prove that the order "
        "does not matter (make commute ARGS={file.number:04}), and run with --allow-out-of-order",
    ),
}


def read(connection: psycopg.Connection, *, recorded: bool) -> list[Record]:
    """Return the records in the order of applying; none where nothing was ever migrated. Reads only."""
    if not recorded:
        return []
    return [Record(*row) for row in connection.execute(query("records"))]


def yoyo_times(connection: psycopg.Connection) -> dict[str, str]:
    """Return when plain yoyo, which keeps its tables in `public`, applied each migration. Reads only."""
    if value(connection, b"SELECT pg_catalog.to_regclass('public._yoyo_migration')") is None:
        return {}
    times = "SELECT migration_id, applied_at_utc::text FROM public._yoyo_migration"
    return dict(connection.execute(times).fetchall())


def create(connection: psycopg.Connection) -> None:
    """Create the bookkeeping schema, in one transaction of its own."""
    with connection.transaction():
        connection.execute(query("bookkeeping"))


def compare(files: list[MigrationFile], records: list[Record]) -> list[Problem]:
    """Return every disagreement between the files and the records, in the order of the numbers."""
    by_id = {file.id: file for file in files}
    known = {record.id for record in records}
    problems = []
    for record in records:
        file = by_id.get(record.id)
        if file is None and (file := _renamed(record, files, known)):
            known.add(file.id)
            kind = "renamed"
        elif file is None:
            kind = "missing"
        elif record.state == "unchecked":
            kind = "unchecked"
        elif record.checksum != file.checksum:
            kind = "changed"
        else:
            continue
        problems.append(_problem(kind, record.id, record=record, file=file))
    highest = max((record.number for record in records if record.state == "applied"), default=-1)
    late = (file for file in files if file.id not in known and file.number < highest)
    return problems + [_problem("out_of_order", file.id, file=file, highest=highest) for file in late]


def _renamed(record: Record, files: list[MigrationFile], known: set[str]) -> MigrationFile | None:
    """Return the unknown file that has the number or the content of a record whose own is gone."""
    candidates = (file for file in files if file.id not in known)
    same = (file for file in candidates if record.number == file.number or record.checksum == file.checksum)
    return next(same, None)


def _problem(kind: str, identity: str, **facts: Any) -> Problem:
    message, hint = (text.format(**facts) for text in _SAID[kind])
    return Problem(kind, identity, message, hint)
