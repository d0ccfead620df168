"""The file of an archive: gzip of a line that explains it, then CSV with the columns' names above.

zcat data.csv.gz | head -1                        what it is: columns with types, range, hash, versions
zcat data.csv.gz | tail -n +2                     the rows, for any program that reads CSV
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from ops.backup.places import CHUNK, Readable
from runner.errors import Exit, RunnerError

DATA = "data.csv.gz"
FORMAT = 1
NAMES = re.compile(r"[^/-]+-[^/-]+-\d{4}_\d{2}-[0-9a-f]{12}")
COPY_OPTIONS = "(FORMAT csv, HEADER true, ENCODING 'UTF8')"
_MARK = b"#footing-archive "
_GZIP = 31  # zlib's number for gzip with the largest window
_EXPLAINED = (
    "after this line CSV (RFC 4180) in UTF-8, with a line of column names; NULL is an empty field without "
    "quotes; values as PostgreSQL writes them, moments in UTC"
)


def name_of(database: str, about: dict[str, Any]) -> str:
    """Return what the archive of a month with that content is called."""
    month = str(about["from"])[:7].replace("-", "_")
    parts = (database, f"{about['schema']}.{about['table']}", month, about["content_hash"][:12])
    return "-".join(quote(part, safe="").replace("-", "%2D") for part in parts)


def names_of(database: str) -> re.Pattern[str]:
    """Return what the archives of that database are called, and no other's."""
    ours = re.escape(quote(database, safe="").replace("-", "%2D"))
    return re.compile(rf"{ours}-[^/-]+-\d{{4}}_\d{{2}}-[0-9a-f]{{12}}")


class Packed:
    """The file as it is made: something to read, compressed as it is read."""

    def __init__(self, about: dict[str, Any], rows: Iterable[bytes | bytearray | memoryview]) -> None:
        """Begin with what it is about, and go on with CSV."""
        self._pack = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
        first = _MARK + json.dumps({"format": FORMAT, **about, "data": _EXPLAINED}).encode() + b"\n"
        self._rows, self._ready = iter(rows), bytearray(self._pack.compress(first))
        self._ended = False

    def read(self, size: int = -1, /) -> bytes:
        """Return at most that many bytes of the file."""
        while not self._ended and (size < 0 or len(self._ready) < size):
            row = next(self._rows, None)
            self._ended = row is None
            self._ready += self._pack.flush() if row is None else self._pack.compress(row)
        size = len(self._ready) if size < 0 else size
        data = bytes(self._ready[:size])
        del self._ready[:size]
        return data


def unpacked(source: Readable) -> tuple[dict[str, Any], Iterator[bytes]]:
    """Return what a file is about, and its CSV piece by piece.

    Raises RunnerError (exit 4), at the latest at the end, for what is no archive or not all of one.
    """
    pieces = _inflated(source)
    begun = b""
    while b"\n" not in begun:
        begun += next(pieces, b"\n")
    first, _, rest = begun.partition(b"\n")
    try:
        about = json.loads(first.removeprefix(_MARK)) if first.startswith(_MARK) else {}
    except ValueError:
        about = {}
    if about.get("format") != FORMAT:
        raise damaged(f"{DATA} does not begin as an archive of format {FORMAT} does")

    def rows() -> Iterator[bytes]:
        yield rest
        yield from pieces

    return about, rows()


def damaged(what: str) -> RunnerError:
    """Say that an archive can't be relied on."""
    return RunnerError(
        Exit.DRIFT, "damaged", what, "nothing was changed; archive the month again if it is here"
    )


def _inflated(source: Readable) -> Iterator[bytes]:
    unpack = zlib.decompressobj(_GZIP)
    try:
        while chunk := source.read(CHUNK):
            yield unpack.decompress(chunk)
    except zlib.error as error:
        raise damaged(f"{DATA} can't be unpacked: {error}") from None
    if not unpack.eof:
        raise damaged(f"{DATA} has no end")
