"""PgBouncer as ops/pgbouncer/ configures it, in front of a server as ops/postgres/ does."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from ops.certificates import issue, make_authority
from tests.support.account import run_as_server
from tests.support.binaries import scratch_folder
from tests.support.cluster import own
from tests.support.footing import ROOT
from tests.support.operations import DATABASE, Provisioned, password
from tests.support.waiting import free_port, wait_until

CONSOLE = {"admin": "the console: do as I say", "stats": "the console: let me see"}


@dataclass
class Pooler:
    """A running PgBouncer, and the server behind it."""

    behind: Provisioned
    folder: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict, repr=False)  # its files were rendered in

    def url(self, login: str, secret: str | None = None, dbname: str = DATABASE, **more: str) -> str:
        """Return the URI of that login through the pooler, checking its certificate."""
        return self._url(login, secret or password(login), dbname, more)

    def console(self, user: str, statement: str) -> list[dict[str, Any]]:
        """Run a command of PgBouncer's console as its admin or stats user."""
        url = self._url(f"pgbouncer_{user}", CONSOLE[user], "pgbouncer", {})
        with psycopg.connect(url, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def serves(self, login: str) -> bool:
        """Tell whether that login gets an answer; one that is refused once may get it the next time."""
        with (
            contextlib.suppress(psycopg.OperationalError),
            psycopg.connect(self.url(login), prepare_threshold=None) as connection,
        ):
            return connection.execute("SELECT true").fetchone() == (True,)
        return False

    def log(self) -> str:
        """Return what PgBouncer has logged so far."""
        return (self.folder / "pgbouncer.log").read_text(errors="replace")

    def _url(self, login: str, secret: str, dbname: str, more: dict[str, str]) -> str:
        given = {"sslmode": "verify-full", "sslrootcert": str(self.folder / "ca.crt"), **more}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
        return f"postgresql://{login}:{quote(secret, safe='')}@127.0.0.1:{self.port}/{dbname}?{query}"


def render(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the script that renders PgBouncer's files into a folder."""
    return subprocess.run(
        [sys.executable, "-m", "ops.pgbouncer.render", folder],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **env},
        cwd=ROOT,
    )


@contextlib.contextmanager
def running_pooler(behind: Provisioned, **env: str) -> Iterator[Pooler]:
    """Render the configuration, start PgBouncer, and at the end stop it and remove its files."""
    folder = scratch_folder("pool-")
    own(folder)
    pooler = Pooler(behind, folder, free_port())
    process = None
    try:
        pooler.environment = {**environment(pooler), **env}
        done = render(folder, **pooler.environment)
        assert done.returncode == 0, done.stderr
        for path in folder.iterdir():
            own(path)
        process = subprocess.Popen(
            [shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", folder / "pgbouncer.ini"],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **run_as_server(),
        )
        wait_until(lambda: _answers(pooler), 10, pooler.log)
        yield pooler
    finally:
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def environment(pooler: Pooler) -> dict[str, str]:
    """Return what the rendering needs to know of this machine and its secrets."""
    behind, folder = pooler.behind, pooler.folder
    authority = behind.authority or make_authority(folder)
    if behind.authority is not None:
        shutil.copy(authority.certificate, folder / "ca.crt")
    made = issue(authority, folder, "pooler", ["localhost", "127.0.0.1"])
    return {
        "POOLER_AUTH_PASSWORD": password("pgbouncer_auth"),
        "POOLER_ADMIN_PASSWORD": CONSOLE["admin"],
        "POOLER_STATS_PASSWORD": CONSOLE["stats"],
        "FOOTING_POOL_SERVER_HOST": behind.server.host,
        "FOOTING_POOL_SERVER_PORT": str(behind.server.port),
        "FOOTING_POOL_SERVER_TLS": "verify-full" if behind.authority else "disable",
        "FOOTING_POOL_SERVER_CA": str(folder / "ca.crt"),
        "FOOTING_POOL_CLIENT_CERT": str(made.certificate),
        "FOOTING_POOL_CLIENT_KEY": str(made.key),
        "FOOTING_POOL_LISTEN_PORT": str(pooler.port),
        "FOOTING_POOL_LOG": str(folder / "pgbouncer.log"),
        "FOOTING_POOL_PIDFILE": str(folder / "pgbouncer.pid"),
    }


def _answers(pooler: Pooler) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        pooler.console("stats", "SHOW VERSION")
        return True
    return False
