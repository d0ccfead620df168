"""What a dump says of itself: where it is from, each table with its rows, each file with its hash."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

FORMAT = 1
NAMES = re.compile(r"([^/]+)-(\d{8}T\d{6}Z)")  # the database, and when its dump began
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Table:
    """A table as the dump's snapshot shows it; `partition_of` is schema.table, or None."""

    schema: str
    name: str
    rows: int
    partition_of: str | None = None

    def __str__(self) -> str:
        """Return schema.table, as TABLE= takes it."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class File:
    """A file of the dump: its name in the set, its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The manifest of a dump; written once everything in it has been read back and found right."""

    database: str
    server_version: str
    migration: int | None  # the last one applied; None where there is no record of any
    dump_format: str  # custom or directory
    program: str
    started_at: str
    finished_at: str
    seconds: dict[str, float]  # by phase: count, dump, verify
    database_bytes: int
    entries: int  # of pg_restore --list
    tables: tuple[Table, ...]
    files: tuple[File, ...]
    kind: str = "dump"
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """How many rows all tables have."""
        return sum(table.rows for table in self.tables)

    @property
    def size(self) -> int:
        """How many bytes all files have."""
        return sum(file.bytes for file in self.files)

    def wanted(self, table: str) -> list[Table]:
        """Return a table, with the partitions it consists of where it is partitioned."""
        return [found for found in self.tables if table in (str(found), found.partition_of)]

    def encoded(self) -> bytes:
        """Return the text of manifest.json."""
        return json.dumps(asdict(self), indent=1).encode() + b"\n"


def decoded(found: dict[str, Any]) -> Manifest | None:
    """Return a manifest as it was written, or None for what is none, or is of a later format."""
    if found.get("kind") != "dump" or found.get("format") != FORMAT:
        return None
    try:
        tables = tuple(Table(**table) for table in found.pop("tables"))
        return Manifest(**found | {"tables": tables, "files": tuple(File(**f) for f in found["files"])})
    except (KeyError, TypeError):
        return None


def names_of(database: str) -> re.Pattern[str]:
    """Return what the dumps of that database are called, and no other's."""
    return re.compile(re.escape(_quoted(database)) + r"-\d{8}T\d{6}Z")


def name_at(database: str, moment: datetime) -> str:
    """Return what a dump of that database is called that begins at that moment."""
    return f"{_quoted(database)}-{moment.astimezone(UTC).strftime(_STAMP)}"


def moment_of(name: str) -> datetime:
    """Return the moment at which a dump of that name began."""
    return datetime.strptime(name.rpartition("-")[2], _STAMP).replace(tzinfo=UTC)


def superseded(names: list[str], now: datetime, keep_days: float, keep_count: int) -> list[str]:
    """Return the dumps of one database to prune: older than so many days, and not the newest so many."""
    older = sorted(names, reverse=True)[max(keep_count, 1) :]
    return sorted(name for name in older if (now - moment_of(name)).total_seconds() > keep_days * 86400)


def _quoted(database: str) -> str:
    """Return the database's name as a part of a path."""
    return quote(database, safe=" ")
