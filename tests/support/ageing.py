"""Makes a server old: years of transactions in a second."""

import subprocess

from tests.support.account import run_as_server
from tests.support.server import Server

SEGMENT = 32 * 8192 * 4  # transactions in one file of pg_xact


def burn_transactions(server: Server, number: int) -> None:
    """Let the next transaction have this number, as after years of writing; restarts the server."""
    server.stop()
    segment = server.datadir / "pg_xact" / f"{number // SEGMENT:04X}"
    segment.write_bytes(bytes(256 * 1024))
    segment.chmod(0o666)
    subprocess.run(
        [
            server.bindir / "pg_resetwal",
            "-f",
            "-x",
            str(number // SEGMENT * SEGMENT + 100),
            "-D",
            server.datadir,
        ],
        check=True,
        capture_output=True,
        cwd="/",
        **run_as_server(),
    )
    server.start()
