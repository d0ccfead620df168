"""A PostgreSQL server of the tests' own, started in a temporary folder and stopped by its pid."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg

from tests.support.account import run_as_server
from tests.support.binaries import scratch_folder
from tests.support.cluster import initialise, own
from tests.support.waiting import free_port, wait_until

START_TIMEOUT = 30.0
SET_PARENT_DEATH_SIGNAL = 1  # prctl(2): PR_SET_PDEATHSIG
SHUTDOWN = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


@dataclass
class Server:
    """One cluster: its addresses, its files, and its life."""

    version: int
    bindir: Path
    folder: Path
    port: int
    host: str = "127.0.0.1"
    superuser: str = "postgres"
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def datadir(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def socket_dir(self) -> Path:
        """The folder of the Unix socket, which every account may enter."""
        return self.folder / "s"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.folder / "log"

    @property
    def pid(self) -> int:
        """The postmaster's pid."""
        assert self._process, "the server is not running"
        return self._process.pid

    def url(
        self,
        dbname: str,
        user: str | None = None,
        password: str | None = None,
        via: Literal["tcp", "socket"] = "tcp",
    ) -> str:
        """Return a libpq URI for that database, over TCP or the Unix socket."""
        login = quote(user or self.superuser, safe="")
        if password is not None:
            login += ":" + quote(password, safe="")
        if via == "socket":
            folder = quote(str(self.socket_dir), safe="")
            return f"postgresql://{login}@{folder}:{self.port}/{dbname}"
        return f"postgresql://{login}@{self.host}:{self.port}/{dbname}"

    def start(self) -> None:
        """Start the server and return once it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.bindir / "postgres", "-D", self.datadir],
                cwd="/",
                env={**os.environ, "HOME": str(self.folder)},  # a standby's libpq looks for keys there
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is for pytest, which stops us
                preexec_fn=_stop_when_the_tests_die(),  # noqa: PLW1509  (one libc call, main thread)
                **run_as_server(),
            )
        wait_until(self._is_ready, START_TIMEOUT, lambda: f"no answer; log:\n{self._log_tail()}")

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop the server by its pid; immediate is a crash, which start() recovers from."""
        if self._process is None:
            return
        self._process.send_signal(SHUTDOWN[mode])
        try:
            self._process.wait(START_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_TIMEOUT)
        self._process = None

    def restart(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop and start again on the same port."""
        self.stop(mode)
        self.start()

    def execute(self, statement: str, dbname: str = "postgres") -> None:
        """Run statements as the superuser, in autocommit."""
        with psycopg.connect(self.url(dbname), autocommit=True) as connection:
            connection.execute(statement)

    def value(self, query: str, dbname: str = "postgres") -> object:
        """Return one value, as the superuser."""
        with psycopg.connect(self.url(dbname), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
            return row[0] if row else None

    def _is_ready(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise RuntimeError(f"PostgreSQL {self.version} did not start:\n{self._log_tail()}")
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url("postgres", via="socket"), connect_timeout=2).close()
            return True
        return False

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])


@contextlib.contextmanager
def running_server(version: int, bindir: Path, **conf: str) -> Iterator[Server]:
    """Make a cluster, run it, and at the end stop it and remove its files."""
    folder = scratch_folder(f"pg{version}-", data=True)
    server = Server(version=version, bindir=bindir, folder=folder, port=free_port())
    try:
        addresses = {
            "listen_addresses": server.host,
            "port": str(server.port),
            "unix_socket_directories": str(server.socket_dir),
        }
        server.socket_dir.mkdir()
        initialise(server.datadir, bindir, server.superuser, {**addresses, **conf})
        own(server.socket_dir)
        server.start()
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _stop_when_the_tests_die() -> Callable[[], None] | None:
    """Return what asks Linux to end the server with us, were pytest itself killed.

    The request is bound to the calling thread's life, so only the main thread makes it.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGQUIT)
