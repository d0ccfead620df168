"""Making a dump: from one snapshot into its place, read back and compared, and only then called one."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from ops.backup import verify
from ops.backup.manifest import File, Manifest, decoded, name_at, superseded
from ops.backup.measured import Measured, readable
from ops.backup.places import Place, Readable, manifest
from ops.backup.programs import Printed, running
from ops.backup.snapshot import Snapshot
from runner.errors import Exit, RunnerError
from runner.output import Output, count, elapsed

Tell = Callable[[str], None]
T = TypeVar("T")
_LOCKS = "--lock-wait-timeout=60s"  # behind a migration; then say so instead of queueing for hours


class Dumping:
    """One dump on its way: what is stored so far, and how long each phase took."""

    def __init__(self, snapshot: Snapshot, place: Place, output: Output, tell: Tell | None) -> None:
        """Dump that snapshot into that place; `tell` hears how far it is."""
        self._snapshot, self._place, self._output, self._tell = snapshot, place, output, tell
        self._files: list[File] = []
        self._seconds: dict[str, float] = {}
        self._began = datetime.now(UTC)

    def make(self, dump_format: str, jobs: int) -> tuple[str, Manifest]:
        """Make a dump and return its name and manifest. What could not be finished is taken away again."""
        name = self._free_name()
        size = int(str(self._snapshot.one("SELECT pg_catalog.pg_database_size(current_database())")))
        tables = self._timed("count", self._snapshot.tables)
        self._output.line(
            f"  {count(len(tables), 'table')}, {sum(t.rows for t in tables):,} rows, "
            f"counted in {elapsed(self._seconds['count'])}"
        )
        try:
            self._timed("dump", lambda: self._dump(name, dump_format, jobs, size))
            stored = sum(file.bytes for file in self._files)
            self._output.line(f"  {readable(stored)} dumped in {elapsed(self._seconds['dump'])}")
            entries = self._timed(
                "verify",
                lambda: verify.check(
                    self._place, name, self._files, tables, self._snapshot.programs, self._tell
                ),
            )
            self._output.line(f"  read back and compared in {elapsed(self._seconds['verify'])}")
            made = Manifest(
                database=self._snapshot.database,
                server_version=self._snapshot.version,
                migration=self._snapshot.migration(),
                dump_format=dump_format,
                program=self._snapshot.programs.version("pg_dump"),
                started_at=self._began.isoformat(timespec="seconds"),
                finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
                seconds=self._seconds,
                database_bytes=size,
                entries=entries,
                tables=tables,
                files=tuple(self._files),
            )
            self._place.finish(name, made.encoded())
        except BaseException:
            with contextlib.suppress(Exception):  # the next dump takes away what can't be now
                self._place.remove(name)
            raise
        return name, made

    def _dump(self, name: str, dump_format: str, jobs: int, size: int) -> None:
        """Store what pg_dumpall and pg_dump give."""
        programs, role = self._snapshot.programs, self._snapshot.role
        options = [f"--snapshot={self._snapshot.id}", "--no-password", _LOCKS]
        options += [f"--role={role}"] if role else []
        with running(
            "pg_dumpall",
            programs,
            "--globals-only",
            "--no-role-passwords",
            "--no-password",
            f"--database={self._snapshot.database}",
        ) as process:
            self._put(name, verify.GLOBALS, Printed(process), size)
        if dump_format == "custom":
            with running("pg_dump", programs, "--format=custom", *options) as process:
                self._put(name, verify.DATABASE, Printed(process), size)
            return
        with tempfile.TemporaryDirectory(prefix="footing-dump-") as scratch:
            local = self._place.local(name)
            folder = (local or Path(scratch)) / verify.FOLDER
            with running(
                "pg_dump", programs, "--format=directory", f"--jobs={jobs}", f"--file={folder}", *options
            ) as process:
                process.wait()
            for path in sorted(folder.iterdir()):
                with path.open("rb") as source:
                    if local:
                        self._note(f"{verify.FOLDER}/{path.name}", source)
                        os.fsync(source.fileno())
                    else:
                        self._put(name, f"{verify.FOLDER}/{path.name}", source, size)

    def _put(self, name: str, file: str, source: Readable, size: int) -> None:
        measured = Measured(source, self._tell)
        self._place.put(name, file, measured, size)
        self._files.append(File(file, measured.bytes, measured.sha256))

    def _note(self, file: str, source: Readable) -> None:
        measured = Measured(source)
        while measured.read(1 << 20):
            pass
        self._files.append(File(file, measured.bytes, measured.sha256))

    def _free_name(self) -> str:
        """Return a name that no dump has: that of this second, or of the next ones."""
        taken = {*self._place.finished(), *self._place.unfinished()}
        moment = self._began
        while (name := name_at(self._snapshot.database, moment)) in taken:
            moment += timedelta(seconds=1)
        return name

    def _timed(self, phase: str, work: Callable[[], T]) -> T:
        began = time.monotonic()
        result = work()
        self._seconds[phase] = round(time.monotonic() - began, 3)
        return result


def sweep(place: Place) -> list[str]:
    """Take away what interrupted dumps left; nobody else writes here while the lock is held."""
    left = place.unfinished()
    for name in left:
        place.remove(name)
    return left


def dumps(place: Place) -> dict[str, Manifest]:
    """Return the finished dumps, in order; one with a damaged manifest is not among them."""
    found = {}
    for name in place.finished():
        try:
            made = decoded(manifest(place, name))
        except RunnerError as error:
            if error.exit_code != Exit.DRIFT:
                raise
            made = None
        if made:
            found[name] = made
    return found


def prune(place: Place, keep_days: float, keep_count: int) -> list[str]:
    """Take away the dumps that retention gives up, and return their names. Damaged ones don't count."""
    gone = superseded(list(dumps(place)), datetime.now(UTC), keep_days, keep_count)
    for name in gone:
        place.remove(name)
    return gone
