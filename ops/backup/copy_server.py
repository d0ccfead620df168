"""The server of a recovered copy: its settings, its start, and what its log means when it fails."""

from __future__ import annotations

import contextlib
import math
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from ops.backup import pgbackrest
from ops.backup.pgbackrest import BackupError
from ops.render import write
from ops.stack.processes import Processes, StackError
from runner.output import Output

DATABASE = "footing"
PORT = 5432  # only names the socket; nothing listens on the network
_EVERY = 10.0  # seconds between two lines of progress
# What a standby must have at least as much of as its primary had, as pg_controldata words it.
_AS_THE_PRIMARY = {
    "max_connections": "max_connections",
    "max_worker_processes": "max_worker_processes",
    "max_wal_senders": "max_wal_senders",
    "max_prepared_xacts": "max_prepared_transactions",
    "max_locks_per_xact": "max_locks_per_transaction",
}
# After what the backup and pgBackRest put there, so that these hold whatever the live server has.
_SETTINGS = """
# Of this copy: see ops/backup/copy_server.py.
listen_addresses = ''
port = {port}
unix_socket_directories = '"{sockets}"'
hba_file = '{hba}'
ssl = off
archive_mode = off
hot_standby = on
primary_conninfo = ''
synchronous_standby_names = ''
shared_preload_libraries = ''
session_preload_libraries = ''
shared_buffers = 256MB
logging_collector = off
log_destination = stderr
external_pid_file = ''
cluster_name = 'recovered copy'
"""


@dataclass(frozen=True)
class Copy:
    """A recovered copy: where it is, of what moment, and how to reach it."""

    folder: str
    moment: str
    last_change: str | None  # when the last transaction that it has was committed
    superuser: str

    @property
    def url(self) -> str:
        """The superuser's URI."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the superuser's URI of a database."""
        sockets = quote(str(Path(self.folder) / "s"), safe="")
        return f"postgresql:///{database}?host={sockets}&port={PORT}&user={quote(self.superuser)}"


def configure(copy: Copy) -> None:
    """Give a restored cluster its own settings, and of the primary's what a standby can't do without."""
    into = Path(copy.folder)
    said = subprocess.run(
        [program(into, "pg_controldata"), into / "data"], check=True, capture_output=True, text=True,
        env={**os.environ, "LC_ALL": "C"}, **pgbackrest.run_as(),
    ).stdout  # fmt: skip
    text = _SETTINGS.format(port=PORT, sockets=_quoted(into / "s"), hba=_quoted(into / "pg_hba.conf"))
    for name, setting in _AS_THE_PRIMARY.items():
        found = re.search(rf"^{name} setting: +(\d+)$", said, re.MULTILINE)
        text += f"{setting} = {found[1]}\n" if found else ""
    with (into / "data" / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.write(text)
    own_file(into / "data" / "postgresql.conf", "# This copy's settings are in postgresql.auto.conf.\n")
    own_file(into / "pg_hba.conf", "# Only its owner may enter this folder.\nlocal all all trust\n")


def replay(processes: Processes, copy: Copy, output: Output) -> None:
    """Start the copy; return once it has paused at its moment or reached the end. Raises BackupError."""
    into = Path(copy.folder)
    start: list[str | Path] = [program(into, "postgres"), "-D", into / "data"]
    processes.start("postgres", start, **pgbackrest.run_as())
    told = time.monotonic()

    def is_there() -> bool:
        nonlocal told
        for done, last in _asked(copy):
            if time.monotonic() - told > _EVERY:
                told = time.monotonic()
                output.aside(f"  replaying: at {last}")
            return done
        return False

    try:
        processes.wait("postgres", is_there, timeout=math.inf)
    except StackError as error:
        raise _explained(str(error), copy) from None


def _asked(copy: Copy) -> Iterator[tuple[bool, str]]:
    """Yield whether replay has paused or ended and how far it is, where the copy answers already."""
    with (
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(copy.url_of("postgres"), connect_timeout=5) as connection,
    ):
        state = (
            "SELECT CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() = 'paused'"
            " ELSE true END, pg_last_xact_replay_timestamp()::text"
        )
        row = connection.execute(state).fetchone()
        yield bool(row and row[0]), str(row and row[1])


def _explained(log: str, copy: Copy) -> BackupError:
    """Return what the end of the copy's log means."""
    last = re.findall(r"last completed transaction was at log time (.+)", log)
    if "recovery ended before configured recovery target was reached" in log:
        known_until = f"the last transaction in it is of {last[-1]}" if last else "no transaction is in it"
        return BackupError(
            f"the archive ends before {copy.moment}: {known_until}",
            "recover to a moment before that; WAL of a living server arrives within a minute; all there"
            " is, the last transaction too: pgbackrest restore (docs/backups.md)",
        )
    if "before consistent recovery point" in log:
        hint = "recover to a moment a second after the end of a backup: make backup/list"
        return BackupError(f"{copy.moment} is within a backup, which was not whole by then", hint)
    return BackupError("the copy did not start", "mend what its log says, above", log)


def program(into: Path, name: str) -> Path:
    """Return a program of the restored cluster's own version of PostgreSQL. Raises BackupError."""
    version = (into / "data" / "PG_VERSION").read_text().strip()
    found = Path(f"/usr/lib/postgresql/{version}/bin/{name}")
    if not found.exists():
        raise BackupError(
            f"PostgreSQL {version} is not installed here", f"apt-get install postgresql-{version}"
        )
    return found


def own_file(path: Path, text: str) -> None:
    """Write a file for the server's account."""
    write(path, text)
    own(path)


def own(path: Path) -> None:
    """Give a file or folder to the server's account, where that is not ours."""
    who = pgbackrest.account()
    if who is not None:
        os.chown(path, who.pw_uid, who.pw_gid)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
