"""Starts the runner as a subprocess, the way a deploy host does."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.database import Database

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
TIMEOUT = 60.0


def scrubbed_environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment that names no database, no password file and no home of ours."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), **(extra or {})}


class Footing:
    """Calls `python -m runner` with a scrubbed environment.

    A database travels in DATABASE_URL and a folder of migrations in FOOTING_SQL, so that neither
    depends on where a command takes its options; tests of the options pass them as arguments.
    """

    def __init__(self, home: Path) -> None:
        """Remember the folder that is HOME for the runner."""
        self.home = home

    def __call__(
        self,
        *args: str,
        database: Database | str | None = None,
        env: Mapping[str, str] | None = None,
        input: str | None = None,
        check: bool = False,
        timeout: float = TIMEOUT,
        cwd: Path | None = None,
        sql: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; with check, fail with its output when it exits non-zero."""
        done = subprocess.run(
            self._command(args),
            env=self.environment(database, env, sql),
            cwd=cwd or ROOT,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout,
            **({"stdin": subprocess.DEVNULL} if input is None else {"input": input}),
        )
        if check and done.returncode:
            raise AssertionError(
                f"footing {' '.join(args)} exited {done.returncode}\n"
                f"stdout:\n{done.stdout}\nstderr:\n{done.stderr}"
            )
        return done

    def popen(
        self,
        *args: str,
        database: Database | str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        sql: Path | None = None,
        **kw: Any,
    ) -> subprocess.Popen[str]:
        """Start a command and leave it running; output is piped unless told otherwise."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            self._command(args),
            env=self.environment(database, env, sql),
            cwd=cwd or ROOT,
            text=True,
            **{**pipes, **kw},
        )

    def environment(
        self,
        database: Database | str | None = None,
        env: Mapping[str, str] | None = None,
        sql: Path | None = None,
    ) -> dict[str, str]:
        """Return the environment a command gets."""
        named = {}
        if database is not None:
            named["DATABASE_URL"] = database if isinstance(database, str) else database.url()
        if sql is not None:
            named["FOOTING_SQL"] = str(sql)
        return scrubbed_environment(self.home, {**named, **(env or {})})

    @staticmethod
    def _command(args: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "runner", *args]
