"""The numbered SQL files: finding them, ordering them, and telling whether one has changed."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from runner.errors import RunnerError

FOLDERS = ("migrations", "views", "indexes")
_NAME = re.compile(r"(?P<id>(?P<number>\d{4,9})_[a-z][a-z0-9_]*)(?P<rollback>\.rollback)?\.sql")


@dataclass(frozen=True)
class MigrationFile:
    """One numbered file and the rollback beside it. Content is read when first asked for."""

    number: int
    id: str
    folder: str
    root: str

    @property
    def name(self) -> str:
        """How messages call the file: folder/file, as in the repository."""
        return f"{self.folder}/{self.id}.sql"

    @property
    def rollback_name(self) -> str:
        """The paired rollback: same folder, same stem."""
        return f"{self.folder}/{self.id}.rollback.sql"

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the content with line endings normalised: a Windows checkout is not a change."""
        return checksum(f"{self.root}/{self.name}")

    @cached_property
    def text(self) -> str:
        """The content, as sent to the server."""
        return read(self.root, self.name)

    @cached_property
    def rollback_text(self) -> str:
        """The content of the rollback, as sent to the server."""
        return read(self.root, self.rollback_name)


def find(root: Path) -> list[MigrationFile]:
    """Return every migration under `root`/{migrations,views,indexes}, in the order of their numbers.

    Raises RunnerError for a name that does not follow the rule, a number used twice, or a file
    without its pair. Contents are not read.
    """
    if not any((root / folder).is_dir() for folder in FOLDERS):
        raise RunnerError.usage(
            f"no migrations here: {root} has none of {', '.join(f + '/' for f in FOLDERS)}",
            "run in a checkout of the repository, or name its sql folder with --source or FOOTING_SQL",
        )
    found: dict[str, MigrationFile] = {}
    rollbacks: dict[str, str] = {}
    for folder in FOLDERS:
        for name in _names(root / folder):
            match = _NAME.fullmatch(name)
            where = f"{folder}/{name}"
            if match is None:
                raise RunnerError.refused(
                    where,
                    "not a migration's name",
                    "use NNNN_verb_object.sql in lower case (footing new NAME makes a pair)",
                )
            key = f"{folder}/{match['id']}"
            if match["rollback"]:
                rollbacks[key] = where
            else:
                found[key] = MigrationFile(int(match["number"]), match["id"], folder, str(root))
    _require_pairs(found, rollbacks)
    ordered = sorted(found.values(), key=lambda file: file.number)
    for one, next_one in pairwise(ordered):
        if one.number == next_one.number:
            raise RunnerError.refused(
                next_one.name,
                f"number {one.number:04} is already used by {one.name}",
                "numbers are unique across the three folders; renumber the newer file",
            )
    return ordered


def checksum(path: str) -> str:
    """Return the SHA-256 of a file's content with every line ending read as a line feed."""
    with open(path, "rb") as file:
        content = file.read()
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return hashlib.sha256(content).hexdigest()


def read(root: str, name: str) -> str:
    """Return a file's text with line feeds. Raises RunnerError for a BOM, a NUL or bad UTF-8."""
    content = Path(root, name).read_bytes()
    if content.startswith(b"\xef\xbb\xbf"):
        raise RunnerError.refused(
            f"{name}:1", "starts with a byte order mark", "save the file as UTF-8 without a BOM"
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RunnerError.refused(
            f"{name}:{line}", "is not valid UTF-8", "save the file as UTF-8"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise RunnerError.refused(f"{name}:{line}", "contains a NUL byte", "remove it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _names(folder: Path) -> list[str]:
    """List what could be meant as a migration; other files (a README, say) are left alone."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return []
    for entry in entries:
        if entry.is_dir():
            raise RunnerError.refused(
                f"{folder.name}/{entry.name}/",
                "is a folder, and the files in it would never run",
                f"move its files to {folder.name}/",
            )
    return [entry.name for entry in entries if ".sql" in entry.name.lower()]


def _require_pairs(found: dict[str, MigrationFile], rollbacks: dict[str, str]) -> None:
    for key in found.keys() - rollbacks.keys():
        file = found[key]
        raise RunnerError.refused(
            file.name,
            f"has no {file.id}.rollback.sql beside it",
            "write the rollback; one that can't be undone raises with its reason",
        )
    for key in rollbacks.keys() - found.keys():
        raise RunnerError.refused(
            rollbacks[key], "is a rollback of nothing", "name it like the file it reverses, or remove it"
        )
