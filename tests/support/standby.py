"""A standby of a test server that trusts everybody, for what only has to be asked on one."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator

import psycopg

from tests.support.account import run_as_server
from tests.support.binaries import scratch_folder
from tests.support.cluster import own
from tests.support.server import Server
from tests.support.waiting import free_port, wait_until


@contextlib.contextmanager
def standby_of(primary: Server, slot: str = "standby") -> Iterator[Server]:
    """Copy a server, run the copy as its standby by that name, and yield it once it has caught up."""
    folder = scratch_folder("standby-", data=True)
    standby = Server(primary.version, primary.bindir, folder, free_port())
    try:
        own(folder)
        standby.socket_dir.mkdir()
        own(standby.socket_dir)
        command = [primary.bindir / "pg_basebackup", "-d", primary.url("postgres"), "-D", standby.datadir]
        options = [
            "--checkpoint=fast",
            "--write-recovery-conf",
            "--no-sync",
            "--create-slot",
            f"--slot={slot}",
        ]
        subprocess.run([*command, *options], check=True, cwd="/", **run_as_server())
        with (standby.datadir / "postgresql.conf").open("a") as settings:
            settings.write(f"port = {standby.port}\nunix_socket_directories = '{standby.socket_dir}'\n")
            settings.write(f"cluster_name = '{slot}'\n")
        standby.start()
        wait_until(lambda: _has_replayed(primary, standby), 60, "it does not catch up")
        yield standby
    finally:
        standby.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(psycopg.OperationalError):  # the primary may be gone
            _drop_slot(primary, slot)


def _has_replayed(primary: Server, standby: Server) -> bool:
    written = primary.value("SELECT pg_current_wal_insert_lsn()")
    return standby.value(f"SELECT pg_last_wal_replay_lsn() >= '{written}'") is True


def _drop_slot(primary: Server, slot: str) -> None:
    """Drop the slot, which would keep WAL for a standby that is gone, once nobody uses it."""
    of_it = f"FROM pg_replication_slots WHERE slot_name = '{slot}'"
    wait_until(lambda: primary.value(f"SELECT active {of_it}") is not True, 20, "the slot stays in use")
    primary.execute(f"SELECT pg_drop_replication_slot(slot_name) {of_it}")
