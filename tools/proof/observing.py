"""What a migration does to tables that were there before: what it locks, rewrites and reads."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from runner import rules
from runner import script as scripts
from runner.errors import RunnerError
from runner.files import MigrationFile
from runner.rules import Script
from runner.script import StatementFailed
from tools.proof.bench import Bench

# Weakest first. ROW EXCLUSIVE stops no reader and no writer: a header may name it, and need not.
WEAK = "ROW EXCLUSIVE"
MODES = {
    "RowExclusiveLock": WEAK,
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
NOTHING = "nothing that existed before"
_FOLDER = Path(__file__).parent
_BEFORE = """
SELECT array_agg(c.oid::bigint)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm')
    AND n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
"""
_WAITS = "SELECT FROM pg_locks WHERE pid = %s AND NOT granted"
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"


@dataclass
class Observation:
    """One migration, applied."""

    file: MigrationFile
    locks: dict[str, str] = field(default_factory=dict)
    rewritten: set[str] = field(default_factory=set)
    scanned: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    wal: int = 0

    @property
    def strong(self) -> dict[str, str]:
        """Return the locks that stop somebody."""
        return {table: mode for table, mode in self.locks.items() if mode != WEAK}

    @property
    def stated(self) -> str:
        """Return the locks as a header has to state them."""
        return ", ".join(f"{table} {mode}" for table, mode in sorted(self.strong.items())) or NOTHING


def apply(bench: Bench, file: MigrationFile) -> Observation:
    """Apply a migration and tell what it did. Raises StatementFailed, RunnerError."""
    found, script = Observation(file), rules.up(file)
    before = _one(bench.admin, _BEFORE) or []
    wal, began = _one(bench.admin, _WAL), time.monotonic()
    if script.transactional:
        _in_transaction(bench, script, before, found)
    else:
        _alone(bench, script, before, found)
    found.seconds = time.monotonic() - began
    found.wal = int(_one(bench.admin, _WAL) - wal)
    return found


def _in_transaction(bench: Bench, script: Script, before: list[int], found: Observation) -> None:
    """Look just before COMMIT: until then a transaction gives up none of its locks."""
    deploy = bench.deploy
    touched = {oid: node for _, oid, node, _ in _touched(deploy, before)}
    deploy.execute("SELECT pg_stat_force_next_flush()")  # or the counters hold earlier transactions too
    scripts.send(deploy, script.text, scripts.opening(script))
    for name, oid, node, scanned in _touched(deploy, before):
        if touched.get(oid) != node:
            found.rewritten.add(name)
        if scanned:
            found.scanned[name] = found.scanned.get(name, 0) + scanned
    found.locks = _locks(bench, before)
    scripts.send(deploy, scripts.closing(script))


def _alone(bench: Bench, script: Script, before: list[int], found: Observation) -> None:
    """Look while it waits for an older transaction, as CREATE and DROP INDEX CONCURRENTLY must."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            bench.executor.run(script)
        except (RunnerError, StatementFailed) as error:
            failed.append(error)

    with psycopg.connect(bench.admin.info.dsn) as older:
        older.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for (name,) in older.execute("SELECT oid::regclass::text FROM pg_class WHERE oid = ANY (%s)"
                                     " AND relkind IN ('r', 'p')", [before]).fetchall():  # fmt: skip
            older.execute(f"LOCK TABLE {name} IN ACCESS SHARE MODE".encode())
        worker = threading.Thread(target=run)
        worker.start()
        while worker.is_alive() and not _one(
            bench.admin, "SELECT true FROM (" + _WAITS + ") AS w", _pid(bench)
        ):
            worker.join(0.01)
        found.locks = _locks(bench, before)
    worker.join()
    if failed:
        raise failed[0]


def _locks(bench: Bench, before: list[int]) -> dict[str, str]:
    asked = {"modes": list(MODES), "pid": _pid(bench), "before": before}
    held = bench.admin.execute((_FOLDER / "observed.sql").read_bytes(), asked).fetchall()
    return {name: MODES[mode] for name, mode in reversed(held)}


def _touched(connection: psycopg.Connection[Any], before: list[int]) -> list[tuple[str, int, int, int]]:
    return connection.execute((_FOLDER / "touched.sql").read_bytes(), [before]).fetchall()


def disagreements(found: Observation) -> Iterator[str]:
    """Yield where a header's `Locks:` line and what was observed part."""
    header = rules.up(found.file).header
    line = header.get("Locks", "")
    claimed = set(re.split(r",\s*", re.sub(r"\s*\([^()]*\)", "", line).strip()))
    claimed -= {f"{table} {mode}" for table, mode in found.locks.items() if mode == WEAK}
    if (claimed or {NOTHING}) != set(found.stated.split(", ")):
        yield f"declares Locks: {line.strip() or 'nothing'}, and takes {found.stated}"
    said = f"{line} {header.get('Data', '')}"
    for table in sorted(found.rewritten):
        if re.search(r"\bno rewrite\b", said) or not re.search(r"\brewr[io]t", said):
            yield f"rewrites {table}, which neither Locks: nor Data: says"
    for table, rows in sorted(found.scanned.items()):
        if re.search(r"\bno scan\b", said):
            yield f"says no scan, and reads {rows} rows of {table}"


def _pid(bench: Bench) -> int:
    return bench.deploy.info.backend_pid


def _one(connection: psycopg.Connection[Any], query: str, *arguments: Any) -> Any:
    row = connection.execute(query.encode(), arguments or None).fetchone()
    return row[0] if row else None
