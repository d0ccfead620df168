"""Whether one could recover now: are there backups, does WAL arrive, is what is stored whole.

A step that could not be carried out has failed. pgBackRest's own `verify` ends with 0 whatever it found and
`info` likewise, so that what they say is read, and silence is no answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.backup import pgbackrest
from ops.backup.pgbackrest import Backup, BackupError
from runner.output import count, elapsed

OLDEST_FULL = timedelta(hours=26)  # one a day, and two hours for it to be made


@dataclass(frozen=True)
class Outcome:
    """What one step came to."""

    step: str
    ok: bool
    said: str
    hint: str = ""
    detail: str = ""  # what pgBackRest itself said


def steps(verify: bool) -> dict[str, Callable[[], str]]:
    """Return the steps by name; each says what it found, or raises BackupError."""
    quick = {"backups": check_backups, "archive": check_archive}
    return {**quick, "repository": verify_repository} if verify else quick


def carried_out(steps: Mapping[str, Callable[[], str]]) -> Iterator[Outcome]:
    """Carry out steps one by one; after one that failed the others are still tried.

    Where the repository can't even be listed the others would wait for it in vain: they fail untried.
    """
    unreachable: BackupError | None = None
    for name, step in steps.items():
        if unreachable is not None:
            yield Outcome(name, False, f"not tried: {unreachable}", unreachable.hint)
            continue
        try:
            yield Outcome(name, True, step())
        except BackupError as error:
            if name == "backups" and error.said:
                unreachable = error
            yield Outcome(name, False, str(error), error.hint, error.said)


def check_backups() -> str:
    """Check that a full backup is new enough, and that no page of any backup was broken."""
    found = pgbackrest.backups()
    broken = [backup.label for backup in found if backup.broken_pages]
    if broken:
        raise BackupError(
            f"pages did not agree with their checksums when they were backed up: {', '.join(broken)}",
            "the server's disk or memory is at fault: docs/backups.md, Broken pages",
        )
    newest = newest_full(found)
    age = datetime.now(UTC) - newest.stopped
    if age > OLDEST_FULL:
        raise BackupError(
            f"the newest full backup, {newest.label}, is {_hours(age)} old; one is due each day",
            "look at the timer's log (journalctl -u footing-backup-full), then make backup",
        )
    if "option-checksum-page=true" not in pgbackrest.manifest(found[-1].label).splitlines():
        raise BackupError(
            f"{found[-1].label} was made without reading the pages' checksums",
            "stop the server, pg_checksums --enable -D its data directory, start it, make backup",
        )
    return f"{count(len(found), 'backup')}, the newest full one {_hours(age)} old"


def check_archive() -> str:
    """Switch WAL and wait until that segment is in the archive: `pgbackrest check`."""
    began = time.monotonic()
    pgbackrest.run("check")
    return f"a WAL segment reached it in {elapsed(time.monotonic() - began)}"


def verify_repository() -> str:
    """Read every file of the repository against its checksum: `pgbackrest verify`, and what it said."""
    said = pgbackrest.run("--output=text", "--verbose", "verify")
    files = [int(number) for number in re.findall(r"total (?:WAL|files) checked: (\d+)", said)]
    if not re.search(r"^status: ok$", said, re.MULTILINE) or not sum(files):
        raise BackupError(
            "what is stored is not whole:\n" + (said.strip() or "pgbackrest verify said nothing"),
            "make a full backup now, which needs no other; keep what is there for looking into it",
        )
    return f"{count(sum(files), 'file')} read, each as it was stored"


def newest_full(found: list[Backup]) -> Backup:
    """Return the newest full backup; the oldest of all is one."""
    return [backup for backup in found if backup.kind == "full"][-1]


def _hours(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} h" if hours >= 1 else elapsed(age.total_seconds())
