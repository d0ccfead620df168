"""Waiting for a condition instead of for a while."""

import socket
import time
from collections.abc import Callable

POLL_INTERVAL = 0.02


def wait_until(
    condition: Callable[[], bool], timeout: float, explain: Callable[[], str] | str = ""
) -> None:
    """Poll a condition until it holds; raise TimeoutError with the explanation when it does not."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(explain() if callable(explain) else explain)
        time.sleep(POLL_INTERVAL)


def free_port() -> int:
    """Return a TCP port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
