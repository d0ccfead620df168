"""make ops/up, ops/down, ops/status, ops/pools: this checkout's own server and pooler.

    python -m ops.stack up | down | status | pools | secrets

Everything is in .footing/ops and listens on the loopback. `up` starts what does not run and prints where
each service is; on an error or Ctrl-C it stops what it started. `down` stops what `up` started, and nothing
else; the data stays. Exit codes: 0 done, 1 failed, 2 unknown command, 130 interrupted.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from ops.certificates import CertificateError
from ops.pgbouncer.report import main as report
from ops.stack import services
from ops.stack.processes import Processes, StackError, signals_wait
from ops.stack.state import CHECKOUT, SERVICES, State

FOLDER = CHECKOUT / ".footing" / "ops"
# PostgreSQL ends its clients and stops on SIGINT (fast); the others on SIGTERM.
SIGNALS = {"postgres": signal.SIGINT}


def up(folder: Path) -> None:
    """Start what does not run, and print where each service is."""
    state, processes = State(folder), Processes(folder)
    with _alone(folder):
        ports = state.ports({name for name in SERVICES if processes.running(name) is not None})
        try:
            url = services.postgres(state, processes, ports["postgres"])
            services.pgbouncer(state, processes, ports["pgbouncer"], ports["postgres"])
            services.pool_exporter(state, processes, ports["pool_exporter"], ports["pgbouncer"])
            services.node_exporter(state, processes, ports["node_exporter"])
            there = services.exporter(state, processes, ports["exporter"], ports["postgres"])
            there = there and services.prometheus(state, processes, ports)
        except BaseException:
            with signals_wait():  # a second Ctrl-C is heard when everything has stopped
                for name in reversed(processes.started):
                    processes.stop(name, SIGNALS.get(name, signal.SIGTERM))
            raise
        _print_places(folder, url, ports, processes)


def down(folder: Path) -> None:
    """Stop what runs, in reverse order; what uses the server goes before the server."""
    if not folder.exists():
        print("nothing runs here")
        return
    processes = Processes(folder)
    with _alone(folder):
        stopped = [
            name for name in reversed(SERVICES) if processes.stop(name, SIGNALS.get(name, signal.SIGTERM))
        ]
    print("stopped: " + ", ".join(stopped) if stopped else "nothing runs here")


def status(folder: Path) -> None:
    """Print which services run."""
    processes = Processes(folder)
    for name in SERVICES:
        pid = processes.running(name)
        print(f"  {name:<13} " + (f"runs, pid {pid}" if pid else "does not run"))


def pools(folder: Path) -> int:
    """Print the pooler's report."""
    state, processes = State(folder), Processes(folder)
    if processes.running("pgbouncer") is None:
        raise StackError("the pooler does not run: make ops/up")
    os.environ["POOLER_STATS_PASSWORD"] = state.secrets()["POOLER_STATS_PASSWORD"]
    os.environ.update(PGSSLMODE="verify-full", PGSSLROOTCERT=str(state.certificates()[0]))
    return report(["--port", str(state.known_ports()["pgbouncer"])])


def secrets(folder: Path) -> None:
    """Make the passwords where there are none, and print where they are: what compose.yaml reads."""
    State(folder).secrets()
    print(folder / "secrets.env")


def _print_places(folder: Path, url: str, ports: dict[str, int], processes: Processes) -> None:
    """Print where everything is; passwords stay in their file."""
    authority = folder / "tls" / "ca.crt"
    tls = f"sslmode=verify-full&sslrootcert={quote(str(authority))}"
    places = {
        "postgres": f"127.0.0.1:{ports['postgres']}   as the superuser: psql '{url}'",
        "pgbouncer": f"postgresql://webtest_app@127.0.0.1:{ports['pgbouncer']}/footing?{tls}",
        "pool_exporter": f"http://127.0.0.1:{ports['pool_exporter']}/metrics",
        "exporter": f"http://127.0.0.1:{ports['exporter']}/metrics",
        "node_exporter": f"http://127.0.0.1:{ports['node_exporter']}/metrics",
        "prometheus": f"http://127.0.0.1:{ports['prometheus']}/",
    }
    for name, place in places.items():
        runs = processes.running(name) is not None
        print(f"  {name:<13} " + (place if runs else "not installed; the rest works without"))
    print(
        f"  passwords     . {shlex.quote(str(folder / 'secrets.env'))}    (FOOTING_PASSWORD_WEBTEST_APP …)"
    )
    print("stop it with: make ops/down")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second `up` or `down` waiting."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code."""
    commands = {"up": up, "down": down, "status": status, "pools": pools, "secrets": secrets}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    try:
        return commands[arguments[0]](FOLDER) or 0
    except (StackError, CertificateError, psycopg.Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what this run had started is stopped again", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
