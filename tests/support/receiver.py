"""A follower that only receives: pg_receivewal on a slot, which a standby looks like from the primary."""

import contextlib
import subprocess
from collections.abc import Iterator

from tests.support.account import run_as_server
from tests.support.server import Server


@contextlib.contextmanager
def receiving(server: Server, slot: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run pg_receivewal for that slot of the server, and yield its process."""
    folder = server.folder / "received"
    folder.mkdir()
    folder.chmod(0o777)
    process = subprocess.Popen(
        [
            server.bindir / "pg_receivewal",
            "-D",
            folder,
            "-S",
            slot,
            "--no-loop",
            "--synchronous",
            "-s",
            "1",
            "-d",
            server.url("postgres"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **run_as_server(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
