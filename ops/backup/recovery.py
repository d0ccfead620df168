"""Recovers to a moment beside the live server, into a folder of its own, to look at, promote or throw away.

The copy has settings of its own (copy_server.py): it answers on a Unix socket in its folder only, archives
nothing, and can't be reached, or taken for the live one, by anybody who may not enter that folder.
pgBackRest restores and fetches WAL; PostgreSQL replays it and pauses at the moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from ops.backup import pgbackrest
from ops.backup.copy_server import Copy, configure, own, own_file, replay
from ops.backup.pgbackrest import Backup, BackupError
from ops.stack.processes import Processes, signals_wait
from runner.output import Output

END = "the end of the archive"
_LONGEST_SOCKET = 90  # bytes; the system's limit is 107


def recover(moment: datetime | None, into: Path, output: Output) -> Copy:
    """Recover everything committed up to that moment into an empty folder, and pause there, read-only.

    Without a moment all that is in the archive is replayed, and the copy is promoted.
    Raises BackupError where that can't be; then, and on Ctrl-C, nothing of it is left.
    """
    into = into.resolve()
    oldest = pgbackrest.backups()[0]
    target = []
    if moment is not None:
        _check_moment(moment, oldest)
        target = ["--type=time", f"--target={moment:%Y-%m-%d %H:%M:%S.%f+00}", "--target-action=pause"]
    made_here = _prepare(into)
    processes = Processes(into)
    try:
        restoring = [*target, "--archive-mode=off", f"--pg1-path={into / 'data'}"]
        restoring += [f"--tablespace-map-all={into / 'tablespaces'}", "restore"]
        pgbackrest.run(*restoring, progress=True)
        reached = moment.isoformat() if moment else END
        copy = Copy(str(into), reached, None, pgbackrest.option("pg1-user"))
        configure(copy)
        replay(processes, copy, output)
        copy = replace(copy, last_change=_last_change(copy))
        own_file(into / "recovered.json", json.dumps(asdict(copy), indent=2) + "\n")
    except BaseException:
        with signals_wait():
            processes.stop("postgres", signal.SIGINT)
            _remove(into, itself=made_here)
        raise
    return copy


def promote(into: Path) -> Copy:
    """Let a recovered copy be written to; nothing to do where that has been done. Raises BackupError."""
    copy = known(into)
    if Processes(Path(copy.folder)).running("postgres") is None:
        raise BackupError("the copy does not run", f"its log: {copy.folder}/postgres.log; recover again")
    with psycopg.connect(copy.url_of("postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT NOT pg_is_in_recovery() OR pg_promote(true, 3600)").fetchone()
    if not (row and row[0]):
        raise BackupError(
            "the copy was not promoted within an hour", f"its log: {copy.folder}/postgres.log"
        )
    return copy


def stop(into: Path, keep_files: bool) -> Copy:
    """Stop a recovered copy, and remove it unless its files are to be kept. Raises BackupError."""
    copy = known(into)
    with signals_wait():
        Processes(Path(copy.folder)).stop("postgres", signal.SIGINT)
        if not keep_files:
            _remove(Path(copy.folder), itself=True)
    return copy


def known(into: Path) -> Copy:
    """Return the copy in that folder; raise BackupError where there is none."""
    try:
        return Copy(**json.loads((into.resolve() / "recovered.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        hint = "name the folder that make recover was given; nothing else is ever touched"
        raise BackupError(f"{into} is not a recovered copy", hint) from None


def _check_moment(moment: datetime, oldest: Backup) -> None:
    """Refuse a moment that no backup comes before, or that has not come."""
    now = datetime.now(UTC)
    if moment > now:
        hint = f"it is {now:%Y-%m-%d %H:%M:%S} UTC; a time without a zone is taken as UTC"
        raise BackupError(f"{moment:%Y-%m-%d %H:%M:%S} UTC is in the future", hint)
    if moment <= oldest.stopped:
        hint = f"recover to a moment after {oldest.stopped:%Y-%m-%d %H:%M:%S} UTC: make backup/list"
        raise BackupError(f"{moment:%Y-%m-%d %H:%M:%S} UTC is before the end of the oldest backup", hint)


def _prepare(into: Path) -> bool:
    """Make the folder with what belongs in it; tell whether it was not there. Raises BackupError."""
    if len(os.fsencode(into)) > _LONGEST_SOCKET:
        raise BackupError(f"{into} is too long for a Unix socket", "choose a folder with a shorter path")
    if unfit := set(str(into)) & set("'\"\\$`%"):
        hint = "pgBackRest writes the path into restore_command as it is: choose another folder"
        raise BackupError(f"{into} has {' and '.join(sorted(unfit))} in its name", hint)
    made_here = not into.exists()
    with contextlib.suppress(FileExistsError):
        into.mkdir(mode=0o700)
    if not into.is_dir() or any(into.iterdir()):
        raise BackupError(f"{into} is not empty", "name a folder that is empty, or not there yet")
    into.chmod(0o700)
    for folder in (into, into / "data", into / "s", into / "tablespaces"):
        folder.mkdir(mode=0o700, exist_ok=True)
        own(folder)
    return made_here


def _last_change(copy: Copy) -> str | None:
    """Return when the last transaction that the copy has was committed; None where it replayed none."""
    with psycopg.connect(copy.url_of("postgres")) as connection:
        row = connection.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
    return row[0].astimezone(UTC).isoformat() if row and row[0] else None


def _remove(into: Path, itself: bool) -> None:
    for path in into.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    if itself:
        into.rmdir()
