"""Where dumps and archives are kept, as named sets of files: a folder, or a prefix of an S3 bucket.

A set is finished once it has its manifest.json, which is written last; until then nothing lists it, and
nothing restores from it. What an interrupted writer left is found by `unfinished()` and taken away by
`remove()`. One writer at a time: whoever writes holds a lock of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from runner.errors import Exit, RunnerError

CHUNK = 1 << 20
MANIFEST = "manifest.json"
_PARTIAL = ".partial"


class Readable(Protocol):
    """What can be read from the front to the end, once."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most that many bytes; none at the end."""


class Place(Protocol):
    """Named sets of files. Every method raises RunnerError, which says what to do."""

    where: str

    def put(self, name: str, file: str, source: Readable, at_most: int) -> None:
        """Store one file of a set: whole, or not at all. `at_most` guesses its size in bytes."""

    def open(self, name: str, file: str) -> AbstractContextManager[Readable]:
        """Read one file of a set, finished or not."""

    def local(self, name: str) -> Path | None:
        """Return the folder of a set's files, where that is on this machine."""

    def finish(self, name: str, manifest: bytes) -> None:
        """Write the manifest: from now on the set is there."""

    def finished(self) -> list[str]:
        """Return the names of the sets that are whole, in order."""

    def unfinished(self) -> list[str]:
        """Return the names of the sets whose writer was interrupted."""

    def remove(self, name: str) -> None:
        """Take a set away; first of all it stops being one."""


def place(where: str, names: re.Pattern[str]) -> Place:
    """Return the place that a folder or an s3://bucket/prefix names; `names` says what a set is called.

    Whatever else lies there is left alone.
    """
    if where.startswith("s3://"):
        from ops.backup.s3 import Bucket  # a folder needs no S3 client

        return Bucket(where, names)
    if "://" in where:
        raise RunnerError.usage(f"{where} is no place for backups", "name a folder, or s3://bucket/prefix")
    return Folder(Path(where), names)


def manifest(place: Place, name: str) -> dict[str, Any]:
    """Read the manifest of a finished set."""
    with place.open(name, MANIFEST) as stored:
        text = stored.read()
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise RunnerError(
            Exit.DRIFT, "manifest", f"{MANIFEST} of {place.where}/{name} is damaged", "restore from another"
        )
    return found


def missing(where: str, name: str, file: str) -> RunnerError:
    """Say that a file of a set is not there."""
    return RunnerError(Exit.DRIFT, "missing", f"{where}/{name}/{file} is missing", "use another")


class Folder:
    """Sets as folders; one that is not finished is called NAME.partial."""

    def __init__(self, root: Path, names: re.Pattern[str]) -> None:
        """Keep sets in that folder, which need not be there yet."""
        self.where, self._root, self._names = str(root), root.absolute(), names

    def put(self, name: str, file: str, source: Readable, at_most: int) -> None:
        """Write one file of NAME.partial, and flush it."""
        with self._told():
            path = self._partial(name) / file
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())

    @contextmanager
    def open(self, name: str, file: str) -> Iterator[BinaryIO]:
        """Read one file."""
        path = self.local(name) / file
        if not path.exists():
            raise missing(self.where, name, file)
        with self._told(), path.open("rb") as stored:
            yield stored

    def local(self, name: str) -> Path:
        """Return NAME, or NAME.partial until it is finished."""
        whole = self._root / name
        return whole if whole.exists() else self._partial(name)

    def finish(self, name: str, manifest: bytes) -> None:
        """Write the manifest and take .partial off the name, flushed."""
        with self._told():
            partial = self._partial(name)
            path = partial / MANIFEST
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
                target.write(manifest)
                target.flush()
                os.fsync(target.fileno())
            for folder in (*(path for path in partial.rglob("*") if path.is_dir()), partial):
                _flush(folder)
            partial.rename(self._root / name)
            _flush(self._root)

    def finished(self) -> list[str]:
        """Return the folders that have a name of a set and a manifest."""
        found = (path.parent.name for path in self._root.glob(f"*/{MANIFEST}"))
        return sorted(name for name in found if self._names.fullmatch(name))

    def unfinished(self) -> list[str]:
        """Return the folders called NAME.partial, without that ending."""
        found = (path.name.removesuffix(_PARTIAL) for path in self._root.glob(f"*{_PARTIAL}"))
        return sorted({name for name in found if self._names.fullmatch(name)} - set(self.finished()))

    def remove(self, name: str) -> None:
        """Call a set .partial, and then delete it."""
        with self._told():
            partial = self._partial(name)
            if partial.exists():
                shutil.rmtree(partial)
            if (self._root / name).exists():
                (self._root / name).rename(partial)
                _flush(self._root)
                shutil.rmtree(partial)

    def _partial(self, name: str) -> Path:
        return self._root / f"{name}{_PARTIAL}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the system refuses into words."""
        try:
            yield
        except OSError as error:
            raise RunnerError(
                Exit.SQL,
                "place",
                f"{error.filename or self.where}: {error.strerror or error}",
                f"{self.where} must be there, writable, and have room; what was there before is untouched",
            ) from None


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
