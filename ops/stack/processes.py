"""Starts programs, remembers exactly which, and stops exactly those.

A pid alone names another program as soon as the system uses it again, so the pid file also holds when the
process began.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from ops.render import write

_PROC = Path("/proc/self/stat")


class StackError(Exception):
    """What went wrong, and what to do about it."""


class Processes:
    """The programs of one state folder, by name."""

    def __init__(self, folder: Path) -> None:
        """Keep pid files and logs in that folder."""
        self._folder = folder
        self.started: list[str] = []  # by us, in this run

    def log(self, name: str) -> Path:
        """Return where that program's output goes."""
        return self._folder / f"{name}.log"

    def running(self, name: str) -> int | None:
        """Return the pid of that program, or None where it has ended."""
        try:
            known = json.loads(self._pid_file(name).read_text())
        except (FileNotFoundError, ValueError):
            return None
        pid = int(known["pid"])
        return pid if began(pid) == known["began"] else None

    def start(self, name: str, command: Sequence[str | Path], **more: Any) -> None:
        """Start a program unless it runs, in a session of its own; no signal is heard until it is noted."""
        if self.running(name) is not None:
            return
        print(f"  starting {name}", file=sys.stderr, flush=True)
        self.log(name).touch(mode=0o600)
        with self.log(name).open("ab") as log, signals_wait():
            process = subprocess.Popen(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **more,
            )  # fmt: skip
            write(self._pid_file(name), json.dumps({"pid": process.pid, "began": began(process.pid)}))
            self.started.append(name)

    def wait(self, name: str, is_ready: Callable[[], bool], timeout: float = 60) -> None:
        """Return once a program is ready; raise StackError with the end of its log where it won't be."""
        deadline = time.monotonic() + timeout
        while not is_ready():
            if self.running(name) is None or time.monotonic() > deadline:
                tail = "\n".join(self.log(name).read_text(errors="replace").splitlines()[-15:])
                raise StackError(f"{name} did not start; the end of {self.log(name)}:\n{tail}")
            time.sleep(0.05)

    def stop(self, name: str, how: signal.Signals = signal.SIGTERM, patience: float = 30) -> bool:
        """Stop a program and wait until it has ended, killing it at last; tell whether it ran."""
        pid = self.running(name)
        if pid is not None:
            for step, seconds in ((how, patience), (signal.SIGKILL, 10.0)):
                os.kill(pid, step)
                deadline = time.monotonic() + seconds
                while self.running(name) is not None and time.monotonic() < deadline:
                    time.sleep(0.02)
                if self.running(name) is None:
                    break
        self._pid_file(name).unlink(missing_ok=True)
        return pid is not None

    def _pid_file(self, name: str) -> Path:
        return self._folder / f"{name}.pid.json"


def began(pid: int) -> str | None:
    """Return when that process began, as the system words it; None where it has ended."""
    if _PROC.exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else fields[19]  # in clock ticks since the machine began
    said = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], check=False, capture_output=True, text=True
    ).stdout.split(maxsplit=1)
    return None if len(said) < 2 or said[0].startswith("Z") else said[1].strip()  # noqa: PLR2004 (both)


@contextmanager
def signals_wait() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back until the end, and then let them be heard."""
    heard: list[int] = []
    before: Mapping[signal.Signals, Any] = {
        number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)
    }

    def remember(number: int, _: FrameType | None) -> None:
        heard.append(number)

    for number in before:
        signal.signal(number, remember)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if heard:
            os.kill(os.getpid(), heard[0])
