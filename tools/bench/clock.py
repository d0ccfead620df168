"""Keeps the time of a benchmark: by the wall, by the server's process, and what it wrote to its log."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tools.bench.place import Place


@dataclass
class Clock:
    """How long the server took, and how much of that its process was at work; what it wrote."""

    connection: psycopg.Connection
    place: Place
    watches_another: bool = False  # what is timed runs on a connection whose process is not known
    seconds: float = 0.0
    cpu: float | None = None
    wal: int = 0

    def run(self, work: Callable[[], object]) -> Clock:
        """Do the work and keep the time."""
        before, position, began = self._cpu(), self._position(), time.perf_counter()
        work()
        self.seconds = time.perf_counter() - began
        after = self._cpu()
        self.cpu = after - before if before is not None and after is not None else None
        self.wal = self._position() - position
        return self

    def _cpu(self) -> float | None:
        """Return the seconds that the server's process has computed, where it is on this Linux."""
        file = Path(f"/proc/{self.connection.info.backend_pid}/schedstat")
        if self.place.server is None or self.watches_another or not file.exists():
            return None
        return int(file.read_text().split()[0]) / 1e9

    def _position(self) -> int:
        row = self.connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
        return int(row[0]) if row else 0


@dataclass
class Told:
    """What one contestant's rounds of one way gave."""

    per_second: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    wal: list[float] = field(default_factory=list)

    def note(self, clock: Clock, rows: int) -> None:
        """Add a round."""
        self.per_second.append(rows / clock.seconds)
        self.wal.append(clock.wal / rows)
        if clock.cpu is not None:
            self.cpu.append(clock.cpu / rows * 1e6)

    def facts(self) -> dict[str, Any]:
        """Return the medians."""
        return {
            "rows_per_second": round(statistics.median(self.per_second)),
            "cpu_us_per_row": round(statistics.median(self.cpu), 1) if self.cpu else None,
            "wal_bytes_per_row": round(statistics.median(self.wal)),
        }
