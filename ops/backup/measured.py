"""Reading a stream while it is counted and hashed, with a word now and then on a terminal's behalf."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from ops.backup.places import Readable

_EVERY = 5.0  # seconds between two words


class Measured:
    """A stream as it is, and at its end its size and SHA-256."""

    def __init__(self, source: Readable, tell: Callable[[str], None] | None = None) -> None:
        """Read from that stream; `tell` hears every five seconds how much it has been."""
        self._source, self._tell, self._hash = source, tell, hashlib.sha256()
        self._next = time.monotonic() + _EVERY
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """The hash of what was read so far, in hexadecimal."""
        return self._hash.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        """Return what comes next."""
        data = self._source.read(size)
        self._hash.update(data)
        self.bytes += len(data)
        if self._tell and time.monotonic() > self._next:
            self._next = time.monotonic() + _EVERY
            self._tell(f"  {readable(self.bytes)} …")
        return data


def readable(size: float) -> str:
    """Return a number of bytes for a person: 812 B, 3.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 (a thousand of each is one of the next)
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
