"""Replaces a file in one step: it is the old one or the new one, whatever stops the writer."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.errors import RunnerError


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Give a new file in the same folder; at the end it takes FILE's place, flushed and read-only."""
    target = file.resolve()  # through a symbolic link, not instead of it
    if target.is_dir():
        raise RunnerError.usage(f"{file} is a folder", "name the file to write: make fallback FILE=…")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    except OSError as error:
        raise _unwritable(file, error) from None
    temporary = Path(name)
    try:
        yield temporary
        try:
            os.fsync(handle)
            os.fchmod(handle, 0o444 & ~_umask())
            os.replace(temporary, target)
            _flush_folder(target.parent)
        except OSError as error:
            raise _unwritable(file, error) from None
    except sqlite3.Error as error:
        raise _unwritable(file, error) from None
    finally:
        os.close(handle)
        for left in (temporary, Path(f"{name}-journal")):
            with suppress(FileNotFoundError):
                left.unlink()


def _unwritable(file: Path, error: Exception) -> RunnerError:
    said = getattr(error, "strerror", None) or str(error)
    hint = f"the folder {file.resolve().parent} must be there, writable, and have room"
    return RunnerError.usage(f"{file} can't be written: {said}", hint)


def _umask() -> int:
    before = os.umask(0)
    os.umask(before)
    return before


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
