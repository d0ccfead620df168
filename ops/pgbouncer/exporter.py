"""Answers Prometheus with what PgBouncer's console knows.

    POOLER_STATS_PASSWORD=… python3 -m ops.pgbouncer.exporter --listen 127.0.0.1:9127 --port 6432

It asks the console anew at each scrape, as pgbouncer_stats, so that a pooler which restarts is seen again
at once. PGSSLMODE and PGSSLROOTCERT say how the certificate is checked. (Debian's
prometheus-pgbouncer-exporter fails at PgBouncer 1.18: it looks for `total_requests`.)

Exit codes: 0 stopped, 1 it cannot listen.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
from psycopg.rows import DictRow

from ops.pgbouncer import console

_Sample = tuple[dict[str, str], float]
# name → type, help
METRICS = {
    "up": ("gauge", "1 where the console answered."),
    "clients": (
        "gauge",
        "Clients: active has a connection or needs none now, waiting stands in the queue.",
    ),
    "connections": ("gauge", "Connections to PostgreSQL: in_use by a client, or idle."),
    "wait_seconds": ("gauge", "How long the first client in the queue has waited."),
    "open": ("gauge", "Connections to PostgreSQL of all pools of this database."),
    "limit": ("gauge", "How many there may be."),
    "paused": ("gauge", "1 where the database is paused: everybody waits."),
    "transactions_total": ("counter", "Transactions since the pooler started."),
    "queries_total": ("counter", "Queries since the pooler started."),
    "transaction_seconds_total": ("counter", "Time that clients had a connection."),
    "query_seconds_total": ("counter", "Time that PostgreSQL was at work."),
    "wait_seconds_total": ("counter", "Time that clients stood in the queue."),
}


def samples(server: psycopg.Connection[DictRow]) -> Iterator[tuple[str, _Sample]]:
    """Yield each metric's name, labels and value; the console's own pseudo-database is left out."""
    for pool in server.execute("SHOW POOLS").fetchall():
        if pool["database"] == "pgbouncer":
            continue
        whose = {"database": pool["database"], "login": pool["user"]}
        yield "clients", (whose | {"state": "active"}, pool["cl_active"])
        yield "clients", (whose | {"state": "waiting"}, pool["cl_waiting"])
        yield "connections", (whose | {"state": "in_use"}, pool["sv_active"])
        yield "connections", (whose | {"state": "idle"}, console.idle(pool))
        yield "wait_seconds", (whose, console.wait(pool))
    for database in server.execute("SHOW DATABASES").fetchall():
        if database["name"] == "pgbouncer":
            continue
        one = {"database": database["name"]}
        yield "open", (one, database["current_connections"])
        yield "limit", (one, database["max_connections"])
        yield "paused", (one, database["paused"])
    for stats in server.execute("SHOW STATS").fetchall():
        if stats["database"] == "pgbouncer":
            continue
        one = {"database": stats["database"]}
        yield "transactions_total", (one, stats["total_xact_count"])
        yield "queries_total", (one, stats["total_query_count"])
        yield "transaction_seconds_total", (one, stats["total_xact_time"] / console.MICRO)
        yield "query_seconds_total", (one, stats["total_query_time"] / console.MICRO)
        yield "wait_seconds_total", (one, stats["total_wait_time"] / console.MICRO)


def exposition(host: str, port: str, user: str) -> str:
    """Return everything in Prometheus' text format; `footing_pool_up 0` where the console is silent."""
    found: dict[str, list[_Sample]] = {"up": [({}, 1)]}
    try:
        with console.connect(host, port, user) as server:
            for name, sample in samples(server):
                found.setdefault(name, []).append(sample)
    except psycopg.Error as error:
        print(f"PgBouncer does not answer: {error}", file=sys.stderr)
        found = {"up": [({}, 0)]}
    lines = []
    for name, those in found.items():
        kind, about = METRICS[name]
        lines += [f"# HELP footing_pool_{name} {about}", f"# TYPE footing_pool_{name} {kind}"]
        lines += [f"footing_pool_{name}{_labels(labels)} {float(value)}" for labels, value in those]
    return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    escaped = {
        name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}" if labels else ""


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or Ctrl-C; return the exit code."""
    parser = argparse.ArgumentParser(description="Answer Prometheus with PgBouncer's figures.")
    parser.add_argument("--listen", default="127.0.0.1:9127", help="address:port to answer at")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="6432")
    parser.add_argument("--user", default="pgbouncer_stats")
    options = parser.parse_args(arguments)

    class Scrape(BaseHTTPRequestHandler):
        timeout = 10  # seconds for a client that says nothing

        def do_GET(self) -> None:
            """Answer /metrics, and nothing else."""
            if self.path != "/metrics":
                self.send_error(404)
                return
            body = exposition(options.host, options.port, options.user).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the log for errors."""

    address, _, port = options.listen.rpartition(":")
    try:
        server = ThreadingHTTPServer((address.strip("[]"), int(port)), Scrape)
    except (OSError, ValueError) as error:
        print(f"cannot listen on {options.listen}: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
