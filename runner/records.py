"""What this database says was applied: read without yoyo, so that `status` and a no-op stay fast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

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


@dataclass(frozen=True)
class Problem:
    """A disagreement between files and records, with what to do about it."""

    kind: str
    id: str
    message: str
    hint: str

    def facts(self) -> dict[str, str]:
        """Return the problem as `--json` shows it."""
        return {"kind": self.kind, "id": self.id, "message": self.message, "hint": self.hint}


def read(connection: psycopg.Connection, *, recorded: bool) -> list[Record]:
    """Return the records in the order of applying; none where nothing was ever migrated. Reads only."""
    if not recorded:
        return []
    return [Record(*row) for row in connection.execute(query("records"))]


def yoyo_times(connection: psycopg.Connection) -> dict[str, str]:
    """Return when plain yoyo, which keeps its tables in `public`, applied each migration. Reads only."""
    there = "SELECT pg_catalog.to_regclass('public._yoyo_migration') IS NOT NULL"
    times = "SELECT migration_id, applied_at_utc::text FROM public._yoyo_migration"
    if connection.execute(there).fetchone() == (True,):
        return dict(connection.execute(times).fetchall())
    return {}


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
        if file is None:
            now = _renamed(record, files, known)
            problems.append(_without_file(record, now))
            known |= {now.id} if now else set()
        elif record.state == "unchecked":
            problems.append(_unchecked(record, file))
        elif record.checksum != file.checksum:
            problems.append(_changed(record, file))
    highest = max((record.number for record in records if record.state == "applied"), default=-1)
    problems += [
        Problem(
            "out_of_order",
            file.id,
            f"{file.name} is not applied, but {highest:04} already is",
            "give it the next number; or, where it landed late by agreement, prove that the order "
            f"does not matter (make commute ARGS={file.number:04}), and run with --allow-out-of-order",
        )
        for file in files
        if file.id not in known and file.number < highest
    ]
    return problems


def _renamed(record: Record, files: list[MigrationFile], known: set[str]) -> MigrationFile | None:
    """Return the unknown file that has the number or the content of a record whose own is gone."""
    candidates = (file for file in files if file.id not in known)
    same = (file for file in candidates if record.number == file.number or record.checksum == file.checksum)
    return next(same, None)


def _without_file(record: Record, now: MigrationFile | None) -> Problem:
    if now:
        return Problem(
            "renamed",
            record.id,
            f"{record.id} was applied here{_when(record)}, and is now called {now.name}",
            f"give the file its recorded name again: {record.id}.sql",
        )
    return Problem(
        "missing",
        record.id,
        f"{record.id} was applied here{_when(record)}, but there is no such file",
        "check out the revision that has it (another branch may have migrated this database), "
        "or restore it from version control",
    )


def _changed(record: Record, file: MigrationFile) -> Problem:
    return Problem(
        "changed",
        record.id,
        f"{file.name} was edited after it was applied{_when(record)}: "
        f"recorded {record.checksum[:12]}, now {file.checksum[:12]}",
        "restore it (git checkout) and write a new migration; while still developing it, footing redo",
    )


def _unchecked(record: Record, file: MigrationFile) -> Problem:
    return Problem(
        "unchecked",
        record.id,
        f"{file.name} was recorded by plain yoyo, without a checksum",
        f"footing adopt --to {record.number:04} checks the catalogue and takes the history over",
    )


def _when(record: Record) -> str:
    return f" on {record.applied_at:%Y-%m-%d %H:%M} UTC" if record.applied_at else ""
