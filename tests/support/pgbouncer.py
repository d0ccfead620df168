"""A PgBouncer in front of a test server, pooling by transaction."""

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator

import psycopg

from tests.support.account import run_as_server
from tests.support.binaries import scratch_folder
from tests.support.cluster import own
from tests.support.server import Server
from tests.support.waiting import free_port, wait_until


@contextlib.contextmanager
def transaction_pooler(server: Server, dbname: str, login: str, ignored: str = "options") -> Iterator[str]:
    """Run PgBouncer for one database and yield the URI that leads through it.

    It drops the startup parameters in `ignored` and refuses a connection with others.
    """
    folder = scratch_folder("pool-")
    own(folder)
    port = free_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        "[databases]\n"
        f"{dbname} = host={server.host} port={server.port} user={login}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = transaction\nignore_startup_parameters = {ignored}\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [shutil.which("pgbouncer") or "pgbouncer", settings],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            **run_as_server(),
        )
    url = f"postgresql://{login}@127.0.0.1:{port}/{dbname}"
    try:
        wait_until(lambda: answers(url), 10, (folder / "log").read_text)
        yield url
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def answers(url: str) -> bool:
    """Tell whether one can connect there now."""
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2).close()
        return True
    return False
