"""A server to lose: configured by ops/, backed up into an S3 store of its own, with a standby if wanted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ops.backup import pgbackrest
from runner.settings import Target, parse
from tests.support.binaries import scratch_folder
from tests.support.cluster import own
from tests.support.footing import Footing
from tests.support.logins import create_logins
from tests.support.operations import DATABASE, POSTGRES
from tests.support.pgbackrest import BackedUp, backed_up_server, bucket_of
from tests.support.server import Server
from tests.support.standby import standby_of
from tests.support.store import Store, running_store
from tests.support.template import apply_bootstrap, migrate_with_the_runner
from tests.support.waiting import wait_until
from tools.downtime.load import OF_THE_WHOLE_SAMPLE, fill

PATIENCE = 600.0  # seconds until a recovery that does not end is given up
STANDBY = "standby"


@dataclass
class World:
    """The server in use, what backs it up, and the standby where there is one."""

    backed: BackedUp
    store: Store
    server: Server
    standby: Server | None = None
    database: str = DATABASE

    @property
    def target(self) -> Target:
        """The database, as the superuser."""
        return parse(self.server.url(self.database), "drill")

    def login(self, name: str) -> str:
        """Return a URI of a login that finds whichever server takes writes."""
        hosts = [self.server, *([self.standby] if self.standby else [])]
        places = ",".join(f"{server.host}:{server.port}" for server in hosts)
        return f"postgresql://{name}@{places}/{self.database}?target_session_attrs=read-write"

    def lose(self) -> tuple[float, float]:
        """Kill every process of the server with SIGKILL and take away what its machine held.

        Returns when that began and when it was over, by time.monotonic().
        """
        began = time.monotonic()
        children = ["ps", "-o", "pid=", "--ppid", str(self.server.pid)]
        found = subprocess.run(children, check=True, capture_output=True, text=True).stdout.split()
        for pid in (self.server.pid, *map(int, found)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.stop("immediate")  # which only waits for it
        over = time.monotonic()
        self.clear()
        return began, over

    def clear(self) -> None:
        """Take the data directory and pgBackRest's spool away; nothing of the repository.

        A disk breaks at once, and deleting gigabytes does not: they are moved, and deleted at the end.
        """
        for path in (self.server.datadir, self.backed.folder / "spool"):
            path.rename(path.with_name(f"{path.name} lost at {time.monotonic()}"))
            path.mkdir(mode=0o700)
            own(path)

    def restore(self) -> float:
        """Restore the newest backup, replay the archive to its end; return the seconds of the restore.

        Raises BackupError where there is nothing to restore or it is damaged, RuntimeError where the server
        does not start from it, TimeoutError where its recovery does not end.
        """
        began = time.monotonic()
        pgbackrest.run("restore")
        took = time.monotonic() - began
        self.server.start()
        self._wait_until_primary()
        return took

    def fail_over(self) -> float:
        """Promote the standby, which is the server from now on; return the seconds that took."""
        assert self.standby  # noqa: S101 (the drill made one)
        began = time.monotonic()
        self.server, self.standby = self.standby, None
        self.backed.server = self.server
        self.backed.reconfigure()  # pgBackRest knows the data directory
        self.server.execute("SELECT pg_promote()")
        self._wait_until_primary()
        return time.monotonic() - began

    def _wait_until_primary(self) -> None:
        wait_until(
            lambda: self.server.value("SELECT NOT pg_is_in_recovery()") is True,
            PATIENCE,
            "recovery does not end",
        )


@contextmanager
def running_world(archive_timeout: float = 60) -> Iterator[World]:
    """Run a store, and a server of PostgreSQL 15 with the settings of ops/postgres that archives into it.

    Nothing is in it yet. pgBackRest's functions of ops/backup work for it while it runs.
    """
    settings = scratch_folder("drill-")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, settings, ignore_errors=True)
        shutil.copytree(POSTGRES, settings / "postgres")
        store = stack.enter_context(running_store())
        conf = {
            "include_if_exists": str(settings / "postgres" / "size-2gb.conf"),
            "logging_collector": "off",  # the log goes where the tests' servers have it
            "fsync": "on",
            "full_page_writes": "on",
            "archive_timeout": f"{archive_timeout:g}s",
        }
        backed = stack.enter_context(backed_up_server(bucket_of(store), **conf))
        stack.enter_context(_configuration(backed.config))
        yield World(backed, store, backed.server)


def furnish(world: World, scale: float) -> None:
    """Migrate a database, load the sample at that scale, refresh its views, and back it all up in full."""
    say(f"loading the sample at scale {scale:g}")
    server = world.server
    apply_bootstrap(server.url("postgres"))
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        create_logins(admin)
        admin.execute(f"CREATE DATABASE {world.database}".encode())
    footing = Footing(world.backed.folder)
    apply_bootstrap(server.url(world.database))
    migrate_with_the_runner(server.url(world.database), footing)
    fill(world.target, round(scale * OF_THE_WHOLE_SAMPLE))
    footing("refresh", database=server.url(world.database), check=True, timeout=PATIENCE)
    server.execute("VACUUM (FREEZE, ANALYZE)", world.database)
    say("backing it up")
    back_up("full")


def back_up(kind: str) -> str:
    """Make a backup and return its label."""
    pgbackrest.run(f"--type={kind}", "backup")
    return pgbackrest.backups()[-1].label


@contextmanager
def synchronous_standby(world: World) -> Iterator[None]:
    """Give the server a standby that every commit waits for."""
    with standby_of(world.server, slot=STANDBY) as standby:
        world.standby = standby
        world.server.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        world.server.execute("SELECT pg_reload_conf()")
        state = "SELECT sync_state FROM pg_stat_replication"
        wait_until(lambda: world.server.value(state) == "sync", 30, "the standby is not synchronous")
        yield


def say(text: str) -> None:
    """Tell a person what is going on."""
    print(f"  {text}", file=sys.stderr, flush=True)


@contextmanager
def _configuration(config: Path) -> Iterator[None]:
    before = os.environ.get("PGBACKREST_CONFIG")
    os.environ["PGBACKREST_CONFIG"] = str(config)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PGBACKREST_CONFIG"]
        else:
            os.environ["PGBACKREST_CONFIG"] = before
