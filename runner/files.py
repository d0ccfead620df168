"""The numbered SQL files: finding them, ordering them, and telling whether one has changed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from runner.errors import RunnerError

FOLDERS = ("migrations", "views", "indexes")
_NAME = re.compile(
    r"(?P<pair>(?P<folder>\w+)/(?P<id>(?P<number>\d{4,9})_[a-z][a-z0-9_]*))(?P<rollback>\.rollback)?\.sql"
)


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
    undone: dict[str, str] = {}
    for name in _names(root):
        match = _NAME.fullmatch(name)
        if match is None:
            hint = "use NNNN_verb_object.sql in lower case (footing new NAME makes a pair)"
            raise RunnerError.refused(name, "not a migration's name", hint)
        if match["rollback"]:
            undone[match["pair"]] = name
        else:
            number = int(match["number"])
            found[match["pair"]] = MigrationFile(number, match["id"], match["folder"], str(root))
    for pair in found.keys() - undone.keys():
        message = f"has no {found[pair].id}.rollback.sql beside it"
        hint = "write the rollback; one that can't be undone raises with its reason"
        raise RunnerError.refused(found[pair].name, message, hint)
    for pair in undone.keys() - found.keys():
        hint = "name it like the file it reverses, or remove it"
        raise RunnerError.refused(undone[pair], "is a rollback of nothing", hint)
    ordered = sorted(found.values(), key=lambda file: file.number)
    for one, next_one in pairwise(ordered):
        if one.number == next_one.number:
            message = f"number {one.number:04} is already used by {one.name}"
            hint = "numbers are unique across the three folders; renumber the newer file"
            raise RunnerError.refused(next_one.name, message, hint)
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
        hint = "save the file as UTF-8 without a BOM"
        raise _refused_behind(b"", name, "starts with a byte order mark", hint)
    if b"\0" in content:
        raise _refused_behind(content.partition(b"\0")[0], name, "contains a NUL byte", "remove it")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        good = content[: error.start]
        raise _refused_behind(good, name, "is not valid UTF-8", "save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refused_behind(good: bytes, name: str, message: str, hint: str) -> RunnerError:
    line = good.count(b"\n") + 1
    return RunnerError.refused(f"{name}:{line}", message, hint)


def _names(root: Path) -> Iterator[str]:
    """Yield folder/name of what could be meant as a migration; a README, say, is left alone."""
    for folder in filter(Path.is_dir, (root / name for name in FOLDERS)):
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            name = f"{folder.name}/{entry.name}"
            if entry.is_dir():
                message = "is a folder, and the files in it would never run"
                raise RunnerError.refused(f"{name}/", message, f"move its files to {folder.name}/")
            if ".sql" in entry.name.lower():
                yield name
