"""Applies migrations under load, and keeps what the programs and the runner met."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from runner.settings import CHECKOUT, Target
from tools.commute import since
from tools.downtime.load import Load, Sample, a_report

BAR = 1.0  # seconds no transaction may take while migrations run
CONNECTIONS = 8
LAST = 5
LOCK_TIMEOUT = "500ms"  # behind a file that waits for its lock, everybody waits as long
REPORT = 3
_LINE = re.compile(r"  ↑ (\w+) *(?P<took>\d.*)?")
_TRIED = re.compile(r"try \d+ of \d+ in")


@dataclass
class Applied:
    """What `footing migrate` did: each file with its beginning and end, and how often it tried again."""

    began: float
    ended: float = 0.0
    files: dict[str, tuple[float, float]] = field(default_factory=dict)
    took: dict[str, str] = field(default_factory=dict)  # by the runner's own clock
    retries: int = 0
    failure: str = ""


@dataclass
class Measured:
    """What the programs met before, during and after."""

    kinds: list[str]
    samples: list[Sample]
    applied: Applied
    connections: int
    pause: float  # seconds
    lock_timeout: str

    def phase(self, name: str, kind: str | None = None) -> list[Sample]:
        """Return the transactions of a phase; one that touches the migrations is `during`."""
        began, ended = self.applied.began, self.applied.ended
        if name == "before":
            met = [s for s in self.samples if s.ended < began]
        elif name == "after":
            met = [s for s in self.samples if s.began > ended]
        else:
            met = [s for s in self.samples if s.ended >= began and s.began <= ended]
        return [s for s in met if kind in (None, s.kind)]

    def errors(self) -> list[str]:
        """Return what failed, each once."""
        found = {f"{s.kind}: {s.error}" for s in self.samples if s.error}
        return sorted(found) + [self.applied.failure] * bool(self.applied.failure)

    def stalls(self) -> dict[str, float]:
        """Return the longest transaction of each kind while the migrations ran, in seconds."""
        return {
            kind: max((s.seconds for s in self.phase("during", kind)), default=0.0) for kind in self.kinds
        }

    def over(self, bar: float) -> list[str]:
        """Return the kinds that stood longer than the bar."""
        return [kind for kind, seconds in self.stalls().items() if seconds > bar]

    def worst(self, identity: str) -> Sample | None:
        """Return the longest transaction that touches the time of one file."""
        began, ended = self.applied.files[identity]
        met = (s for s in self.samples if s.ended >= began and s.began <= ended)
        return max(met, key=lambda s: s.seconds, default=None)


def footing(target: Target, root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start the runner on a database."""
    return subprocess.Popen(
        [sys.executable, "-m", "runner", *arguments],
        env={**os.environ, "DATABASE_URL": target.conninfo(), "FOOTING_SQL": str(root)},
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def apply(target: Target, root: Path, lock_timeout: str, gave_way: Callable[[int], None]) -> Applied:
    """Run `footing migrate` to its end, noting when it says what, and telling how often it tried again."""
    done = Applied(time.monotonic())
    process = footing(target, root, "migrate", "--lock-timeout", lock_timeout)
    assert process.stdout  # noqa: S101 (a pipe was asked for)
    said = ""
    while chunk := os.read(process.stdout.fileno(), 4096):
        now = time.monotonic()
        said += chunk.decode(errors="replace")
        for match in filter(None, map(_LINE.match, said.split("\n"))):
            began, ended = done.files.get(match[1], (now, 0.0))
            done.files[match[1]] = (began, ended or (now if match["took"] else 0.0))
            done.took[match[1]] = match["took"] or "-"
        done.retries = len(_TRIED.findall(said))
        gave_way(done.retries)
    done.ended = time.monotonic()
    done.files = {name: (began, ended or done.ended) for name, (began, ended) in done.files.items()}
    if process.wait():
        done.failure = f"footing migrate exited {process.returncode}: {said.strip().splitlines()[-1]}"
    return done


def measure(
    target: Target,
    root: Path,
    *,
    calm: float,
    pause: float,
    lock_timeout: str = LOCK_TIMEOUT,
    report: int = REPORT,
    login: Target | None = None,
) -> Measured:
    """Apply what is pending under load, with `calm` seconds of load before and after.

    A report keeps the big table open until the runner has given way to it `report` times. The programs
    come in by `login`, where one is named, and by the superuser's own in their role.
    """
    load = Load(target, login or target, CONNECTIONS, pause)
    load.start()
    try:
        load.go_on(calm)
        with a_report(login or target) as end:
            if not report:
                end()
            applied = apply(
                target, root, lock_timeout, lambda tried: end() if tried >= report > 0 else None
            )
        load.go_on(calm)
    finally:
        samples = load.stop()
    return Measured(load.kinds(), samples, applied, CONNECTIONS, pause, lock_timeout)


def newest(root: Path, last: int | None) -> int:
    """Return how many migrations the newest release has: those since the last tag, or else five."""
    if last is not None:
        return last
    tag = ["git", "-C", str(root), "describe", "--tags", "--abbrev=0"]
    found = subprocess.run(tag, check=False, capture_output=True, text=True)
    added = len(since(root, found.stdout.strip())) if found.returncode == 0 else 0
    return added or LAST
