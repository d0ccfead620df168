"""Runs one script: in a transaction that is retried as a whole, or alone where it must be."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg.pq import TransactionStatus

from runner import diagnose
from runner import script as scripts
from runner.concurrent import Alone
from runner.errors import RunnerError
from runner.rules import Script
from runner.script import StatementFailed
from runner.settings import Target, redact

_RETRIED = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass
class Executor:
    """How scripts are run: on which connection, how long they wait for locks, and who hears of it."""

    connection: psycopg.Connection
    target: Target
    say: Callable[[str], None]
    lock_timeout: str = scripts.LOCK_TIMEOUT
    lock_tries: int = 10

    def __post_init__(self) -> None:
        self.watch = diagnose.Watch(self.target, self.connection.info.backend_pid)

    def run(self, script: Script) -> float:
        """Run a script and record it, both or neither; return the seconds it took.

        Raises RunnerError for what the server refused, for a lock that could not be had, and for a lost
        connection. Interrupted, it leaves the transaction rolled back.
        """
        began = time.monotonic()
        try:
            if script.transactional:
                self._with_retries(script)
            else:
                Alone(self.connection, self.watch, script, self.say).run()
        except KeyboardInterrupt:
            self._rollback()
            raise
        return time.monotonic() - began

    def _with_retries(self, script: Script) -> None:
        wait = duration(script.lock_timeout or self.lock_timeout)
        blockers: list[dict[str, object]] = []
        for attempt in range(1, self.lock_tries + 1):
            try:
                with self.watch.watching(wait / 2):
                    return self._once(script)
            except StatementFailed as failure:
                blockers = self.watch.blockers or blockers
                if self.connection.closed:
                    raise RunnerError.lost(redact(str(failure)), f"{script.name}: ") from None
                self._rollback()
                if not isinstance(failure.error, _RETRIED):
                    raise diagnose.sql_error(script, failure) from None
            if attempt < self.lock_tries:
                pause = min(0.25 * 2**attempt, 10.0) * random.uniform(0.5, 1.5)  # noqa: S311 (jitter)
                self._say_waiting(script, attempt, pause, blockers)
                time.sleep(pause)
        raise diagnose.lock_given_up(script, self.lock_tries, blockers)

    def _once(self, script: Script) -> None:
        opening = scripts.opening(script, self.lock_timeout)
        scripts.send(self.connection, script.text, opening, scripts.closing(script))
        if self.connection.info.transaction_status != TransactionStatus.IDLE:
            self._rollback()
            hint = "end every statement with ;"
            raise RunnerError.refused(script.name, "left its transaction open", hint)

    def _say_waiting(
        self, script: Script, attempt: int, pause: float, blockers: list[dict[str, object]]
    ) -> None:
        who = f": {diagnose.described(blockers[0])}" if blockers else ""
        self.say(
            f"{script.name}: no lock within {script.lock_timeout or self.lock_timeout}{who}; "
            f"try {attempt + 1} of {self.lock_tries} in {pause:.1f} s"
        )

    def _rollback(self) -> None:
        """End the open transaction, if there is one and a connection."""
        now = self.connection.info.transaction_status
        if now == TransactionStatus.ACTIVE:  # struck between sending and waiting
            self.connection.cancel_safe(timeout=5)
            self.connection.close()
        elif now in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            self.connection.execute("ROLLBACK")


def duration(text: str) -> float:
    """Turn `500ms`, `5s`, `2min` or `1h` into seconds. Raises RunnerError for anything else."""
    match = re.fullmatch(r"(\d+)(ms|s|min|h)", text)
    if match is None:
        raise RunnerError.usage(f"{text!r} is not a duration", "write a number and a unit: 500ms, 5s, 2min")
    return int(match[1]) * _UNITS[match[2]]
