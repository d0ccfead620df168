"""pg_dump, pg_dumpall and pg_restore of the server's own major version, run without a password in sight."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import psycopg

from runner.errors import Exit, RunnerError
from runner.settings import Target, redact
from tools import embedded
from tools.db import environment

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True)
class Programs:
    """The client programs of one major version, and the environment that leads them to a server."""

    major: int
    environment: Mapping[str, str]

    def path(self, name: str) -> str:
        """Return a program of that version; raise RunnerError where only others, or none, are installed.

        An older pg_dump refuses a newer server; a newer one writes what an older pg_restore can't read.
        """
        others = set()
        for path in self._candidates(name):
            found = _version(path)
            if found == self.major:
                return path
            others.add(found)
        there = f", only that of {', '.join(sorted(map(str, others)))}" if others else ""
        raise RunnerError.usage(
            f"the server is PostgreSQL {self.major}, and its {name} is not here{there}",
            f"Debian: apt-get install postgresql-client-{self.major}",
        )

    @staticmethod
    def _candidates(name: str) -> Iterator[str]:
        """Yield the wheel's, Debian's by version, and the one on PATH."""
        if wheel := embedded.program(name):
            yield wheel
        root = "/usr/lib/postgresql"
        for version in os.listdir(root) if os.path.isdir(root) else ():
            if os.path.exists(path := f"{root}/{version}/bin/{name}"):
                yield path
        if found := shutil.which(name):
            yield found

    def version(self, name: str) -> str:
        """Return what a program says it is."""
        return _run([self.path(name), "--version"], {}).stdout.strip()

    def run(self, name: str, *arguments: str) -> str:
        """Run a program to its end and return what it printed; raise RunnerError with what it said."""
        done = _run([self.path(name), *arguments], self.environment)
        if done.returncode:
            raise failed(name, done.stderr)
        return done.stdout


def programs(connection: psycopg.Connection, target: Target) -> Programs:
    """Return the programs for the server that this connection reached, on that very host."""
    info = connection.info
    where = {"PGHOST": info.host, "PGPORT": str(info.port), "PGAPPNAME": "footing dump"}
    return Programs(info.server_version // 10_000, {**environment(target), **where})


class Process:
    """A running program whose errors are kept, so that it can say why it failed."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], feeds: bool):
        """Start it; `feeds` gives it a pipe to read from."""
        self.name = name
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by end())
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    @property
    def output(self) -> IO[bytes]:
        """What it prints."""
        assert self._process.stdout  # noqa: S101 (it was given a pipe)
        return self._process.stdout

    def feed(self, data: bytes) -> bool:
        """Give it more to read, at the end nothing; False once it reads no more: wait() says why."""
        assert self._process.stdin  # noqa: S101 (likewise)
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
            if not data:
                self._process.stdin.close()
        except BrokenPipeError:
            return False
        return True

    def wait(self) -> None:
        """Wait for its end; raise RunnerError unless it succeeded."""
        code = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace")
        if code:
            raise failed(self.name, said or f"it ended with {code}")

    def end(self) -> None:
        """Kill it, where it still runs, by its pid."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for file in (self._process.stdin, self._process.stdout, self._errors):
            if file:
                try:
                    file.close()
                except BrokenPipeError:
                    continue


@contextmanager
def running(name: str, programs: Programs, *arguments: str, feeds: bool = False) -> Iterator[Process]:
    """Start a program; at the end it is gone, whatever happened."""
    process = Process(name, [programs.path(name), *arguments], programs.environment, feeds)
    try:
        yield process
    finally:
        process.end()


class Printed:
    """What a program prints, as something to read: its end is only reached where it succeeded."""

    def __init__(self, process: Process) -> None:
        """Read that program's output."""
        self._process = process

    def read(self, size: int = -1, /) -> bytes:
        """Return what comes next; at the end raise RunnerError unless the program succeeded."""
        data = self._process.output.read(size)
        if not data and size != 0:
            self._process.wait()
        return data


def failed(name: str, said: str) -> RunnerError:
    """Say that a program failed, with its own words."""
    text = redact(said).strip()
    hint = "connect as a superuser, or as a member of footing_owner" if "permission" in text else ""
    if "row-level security" in text:
        hint = "this login is shown a part of the rows: be a member of footing_owner, or have BYPASSRLS"
    return RunnerError(Exit.SQL, name, f"{name} failed: {text}", hint)


def _run(command: Sequence[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=dict(more) or None,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def _version(path: str) -> int | None:
    found = _VERSION.search(_run([path, "--version"], {}).stdout)
    return int(found[1]) if found else None
