"""Prints what PgBouncer's console knows, as tables: pools, connections, clients, and its figures.

    POOLER_STATS_PASSWORD=… python3 -m ops.pgbouncer.report --host localhost --port 6432

Reads only, as pgbouncer_stats. PGSSLMODE and PGSSLROOTCERT say how the certificate is checked. Exit codes:
0 printed, 1 no answer.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.rows import DictRow

from ops.pgbouncer import console


def main(arguments: list[str]) -> int:
    """Print the report; return the exit code."""
    parser = argparse.ArgumentParser(description="Print PgBouncer's pools, clients and figures as tables.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="6432")
    parser.add_argument("--user", default="pgbouncer_stats")
    options = parser.parse_args(arguments)
    try:
        with console.connect(options.host, options.port, options.user) as server:
            print("\n\n".join(_sections(server)))
    except psycopg.Error as error:
        print(f"PgBouncer does not answer: {error}", file=sys.stderr)
        return 1
    return 0


def _sections(server: psycopg.Connection[DictRow]) -> Iterable[str]:
    """Yield each table, with its heading."""
    pools = server.execute("SHOW POOLS").fetchall()
    yield "Pools: who has a connection, who waits, and the longest wait now\n" + _table(
        ["database", "login", "active", "waiting", "in use", "idle", "wait s"],
        [
            [
                p["database"],
                p["user"],
                p["cl_active"],
                p["cl_waiting"],
                p["sv_active"],
                console.idle(p),
                f"{console.wait(p):.1f}",
            ]
            for p in pools
        ],
    )
    databases = server.execute("SHOW DATABASES").fetchall()
    yield "Connections to PostgreSQL: open, of how many\n" + _table(
        ["database", "open", "of", "each pool", "reserve", "paused"],
        [
            [
                d["name"],
                d["current_connections"],
                d["max_connections"],
                d["pool_size"],
                d.get("reserve_pool", d.get("reserve_pool_size")),
                "yes" if d["paused"] else "no",
            ]
            for d in databases
        ],
    )
    clients = Counter(
        (c["user"], c.get("application_name") or "", c["addr"], c["state"])
        for c in server.execute("SHOW CLIENTS").fetchall()
    )
    yield "Clients: how many, by login and application\n" + _table(
        ["login", "application", "address", "state", "clients"],
        [[*client, number] for client, number in sorted(clients.items())],
    )
    stats = server.execute("SHOW STATS").fetchall()
    yield (
        "Since the start: transactions, and the mean time of one, of a query, of a wait\n"
        + (
            _table(
                ["database", "transactions", "queries", "transaction ms", "query ms", "wait ms"],
                [
                    [
                        s["database"],
                        s["total_xact_count"],
                        s["total_query_count"],
                        _mean(s["total_xact_time"], s["total_xact_count"]),
                        _mean(s["total_query_time"], s["total_query_count"]),
                        _mean(s["total_wait_time"], s["total_xact_count"]),
                    ]
                    for s in stats
                ],
            )
        )
    )


def _mean(microseconds: Any, number: Any) -> str:
    return f"{float(microseconds) / float(number) / 1000:.2f}" if number else "-"


def _table(headings: list[str], rows: list[list[Any]]) -> str:
    """Return rows as text: words to the left, numbers to the right."""
    texts = [headings, *([str(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(headings))]
    numeric = [
        all(row[column].replace(".", "").isdigit() or row[column] == "-" for row in texts[1:])
        for column in range(len(headings))
    ]
    lines = [
        "  "
        + "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in texts
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
