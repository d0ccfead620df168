"""Carrying out ops.maintenance_plan(): one statement after the other, recorded as it goes."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from ops.commands import QUERIES
from runner.connection import value
from runner.errors import RunnerError
from runner.output import Output, count, elapsed
from runner.settings import query

KEY = int.from_bytes(b"maintain", "big")
_ALONE = b"SELECT pg_catalog.pg_try_advisory_lock(%s)"
_BEGIN = b"INSERT INTO ops.maintenance_runs DEFAULT VALUES RETURNING run_id"
_NOTE = b"UPDATE ops.maintenance_runs SET done = %s WHERE run_id = %s"
_END = b"UPDATE ops.maintenance_runs SET finished_at = clock_timestamp(), error = %s WHERE run_id = %s"
_LONGEST = 5000.0  # milliseconds: the patience doubles every round, up to this
_OF_ROWS = ("delete", "prune")  # these return how many rows they took


class Step(NamedTuple):
    """One row of the plan."""

    kind: str
    target: str
    statement: str | None
    why: str
    timeout: float | None


class Work:
    """One run: how much of each kind was done; what failed, and what could not have its lock."""

    def __init__(self, connection: psycopg.Connection, output: Output):
        self.connection, self.output = connection, output
        self.run = value(connection, _BEGIN)
        self.done: Counter[str] = Counter()
        self.failed: dict[str, str] = {}
        self.blocked: dict[str, str] = {}

    def do(self, steps: list[Step], attempt: int) -> None:
        """Carry out a plan, at a later attempt what was blocked before.

        Once a target failed, nothing more is done to it: no drop without its detach.
        """
        again, self.blocked = self.blocked, {}
        for step in steps:
            if attempt and step.target not in again:
                continue
            if step.statement and step.target not in (*self.failed, *self.blocked):
                short = step.timeout or 0.0
                patience = max(short, min(short * 2**attempt, _LONGEST))
                self.connection.execute(f"SET lock_timeout = {patience:.0f}".encode())
                self._one(step, step.statement.encode())

    def _one(self, step: Step, statement: bytes) -> None:
        before, began = self.done[step.kind], time.monotonic()
        try:
            while self._once(step.kind, statement) and step.kind == "delete":
                pass  # a batch was full: there may be more
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            self.blocked[step.target] = f"{step.kind}: {error.diag.message_primary}"
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            self.failed[step.target] = f"{step.kind}: {error.diag.message_primary}"
        else:
            rows = f", {count(self.done[step.kind] - before, 'row')}" if step.kind in _OF_ROWS else ""
            self.output.line(f"  {step.kind} {step.target}{rows}: {elapsed(time.monotonic() - began)}")

    def _once(self, kind: str, statement: bytes) -> int:
        """Run a statement and note it; return how much it did: rows, or itself."""
        cursor = self.connection.execute(statement)
        row = cursor.fetchone() if kind in _OF_ROWS else None
        amount = int(row[0]) if row else 1
        self.done[kind] += amount
        self.connection.execute(_NOTE, (json.dumps(self.done), self.run))
        return amount

    def end(self) -> dict[str, str]:
        """Record how it ended; return what is left, by target."""
        left = {**self.blocked, **self.failed}
        said = "; ".join(f"{target}: {why}" for target, why in left.items())
        self.connection.execute(_END, (said or None, self.run))
        return left


def alone(connection: psycopg.Connection) -> bool:
    """Take the lock of maintenance, which ends with the connection; False where another run has it."""
    return bool(value(connection, _ALONE, KEY))


def due(connection: psycopg.Connection, only: tuple[str, ...]) -> list[Step]:
    """Return what is due now. Raises RunnerError before the migration that can tell, or for a lock."""
    connection.execute("SET lock_timeout = '2s'")
    plan = connection.cursor(row_factory=class_row(Step))
    try:
        steps = plan.execute(query("maintenance_plan", QUERIES)).fetchall()
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction):
        text = "this database has no ops.maintenance_plan() yet"
        raise RunnerError.usage(text, "apply the migrations first: footing migrate") from None
    except psycopg.errors.LockNotAvailable as error:
        text = f"what is due can't be told while a table is locked: {error.diag.message_primary}"
        raise RunnerError.locked("locked_table", text, "run this again") from None
    return [step for step in steps if not only or step.kind in only]
