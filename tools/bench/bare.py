"""The yardstick of runner.py: the least a Python script can do, psycopg and nothing else.

usage: bare.py apply|rollback DIR   (connects by the PG* variables)
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg


def main(direction: str, folder: Path) -> None:
    """Apply or roll back every file, each with its record in one transaction."""
    ups = sorted(path for path in folder.glob("*.sql") if not path.name.endswith(".rollback.sql"))
    with psycopg.connect("", autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS applied (name text PRIMARY KEY)")
        applied = {name for (name,) in connection.execute("SELECT name FROM applied")}
        if direction == "apply":
            for path in ups:
                if path.name not in applied:
                    with connection.transaction():
                        connection.execute(path.read_bytes())
                        connection.execute("INSERT INTO applied VALUES (%s)", (path.name,))
        else:
            for path in reversed(ups):
                with connection.transaction():
                    connection.execute(path.with_suffix(".rollback.sql").read_bytes())
                    connection.execute("DELETE FROM applied WHERE name = %s", (path.name,))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
