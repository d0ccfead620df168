"""Where a benchmark runs: a server of its own on disk, a database with ours and the documents' tables."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg

from runner.output import Output, elapsed
from runner.session import Options, resolve
from runner.settings import CHECKOUT, Target, named_target
from tests.support.binaries import find_bindir
from tests.support.logins import create_logins
from tests.support.server import Server, running_server
from tools.db import environment
from tools.scratch import Scratch
from tools.scratch import scratch as scratch_databases

# As a server with 4 GB of memory would have it; tests switch fsync off, and what is measured needs it.
SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "effective_cache_size": "3GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "log_statement": "none",
}
GIGABYTE = 1 << 30
ROOM = 5 * GIGABYTE  # write-ahead log, and what sorting takes
ROOM_BY_SCALE = 2.6 * GIGABYTE  # ours and the documents' at scale 1


@dataclass
class Place:
    """A database with a sample of one scale, and the documents' tables filled from it."""

    target: Target
    scale: float
    server: Server | None  # of our own

    def connect(self, role: str | None = None, path: str | None = None, **more: str) -> psycopg.Connection:
        """Open a connection in autocommit, in that role and with that search_path."""
        connection = psycopg.connect(self.target.conninfo(**more), autocommit=True)
        if role:
            connection.execute(f"SET ROLE {role}".encode())
        if path:
            connection.execute(f"SET search_path = {path}".encode())
        return connection

    def circumstances(self) -> dict[str, Any]:
        """Return what the figures depend on besides the code: versions, cores, who else was at work."""
        with self.connect() as connection:
            version = connection.info.server_version
        return {
            "postgresql": f"{version // 10000}.{version % 10000}",
            "shared_buffers": SETTINGS["shared_buffers"] if self.server else "the server's own",
            "cores": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1),
            "day": time.strftime("%Y-%m-%d", time.gmtime()),
        }


@contextmanager
def server(database: str | None, output: Output, scale: float) -> Iterator[tuple[Target, Server | None]]:
    """Yield the server that is named, or run one on disk and remove it at the end.

    FOOTING_TEST_POSTGRES names its version. Raises ClickException where the disk has no room for `scale`.
    """
    if named_target(database) is not None:
        yield resolve(Options(database), output), None
        return
    version = int(os.environ.get("FOOTING_TEST_POSTGRES", "18"))
    bindir = find_bindir(version)
    if bindir is None:
        raise click.ClickException(
            f"PostgreSQL {version} is not installed: FOOTING_TEST_POSTGRES names another"
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is stopped then too
    with running_server(version, bindir, in_memory=False, **SETTINGS) as own:
        require_room(own.folder, scale)
        yield Target({"host": own.host, "port": str(own.port), "user": own.superuser,
                      "dbname": "postgres"}, "bench"), own  # fmt: skip


def require_room(folder: Path, scale: float) -> None:
    """Raise ClickException where the disk of that folder is too small for both sets of tables."""
    free, needed = shutil.disk_usage(folder).free, int(ROOM + scale * ROOM_BY_SCALE)
    if free < needed:
        raise click.ClickException(
            f"scale {scale:g} takes about {needed / GIGABYTE:.0f} GB, and the disk of {folder.parent} has"
            f" {free / GIGABYTE:.0f} GB free: make room, or name another folder by TMPDIR"
        )


@contextmanager
def place(database: str | None, scale: float, output: Output, quiet: bool) -> Iterator[Place]:
    """Make a database with a sample of that scale, ours and the documents'; drop it at the end."""
    with server(database, output, scale) as (target, own), scratch_databases(target, "bench") as made:
        found = Place(_fill(made, scale, output, quiet), scale, own)
        if own:
            with found.connect() as connection:
                create_logins(connection)
        yield found


def _fill(made: Scratch, scale: float, output: Output, quiet: bool) -> Target:
    target = made.create("sample")
    env = {**environment(target), "PYTHONPATH": str(CHECKOUT)}
    env.pop("DATABASE_URL", None)
    load = ["tools.sample", "load", "--scale", str(scale), *(["--json"] if quiet else [])]
    began = time.monotonic()
    for command in (["runner", "migrate"], load, ["runner", "refresh"]):
        subprocess.run([sys.executable, "-m", *command], env=env, check=True, stdout=subprocess.DEVNULL)
    output.aside(f"  sample of scale {scale:g}: {elapsed(time.monotonic() - began)}")
    began = time.monotonic()
    with psycopg.connect(target.conninfo(), autocommit=True) as connection:
        with connection.transaction():
            connection.execute((Path(__file__).with_name("documents.sql")).read_bytes())
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    output.aside(f"  the documents' tables from it: {elapsed(time.monotonic() - began)}")
    return target
