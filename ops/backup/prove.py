"""Proves that what is stored is a server: restores it, and looks at every page, index and object of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ops.backup import pgbackrest, recovery
from ops.backup.copy_server import PORT, Copy, program
from ops.backup.pgbackrest import BackupError
from ops.stack.state import CHECKOUT
from runner.output import Output, elapsed


def prove(into: Path, output: Output) -> str:
    """Restore the newest backup and all WAL after it, examine the copy, remove it; say what it came to.

    Raises BackupError where anything of that fails; the copy is removed then too.
    """
    began = time.monotonic()
    copy = recovery.recover(None, into, output)
    took = elapsed(time.monotonic() - began)
    try:
        environment = {**os.environ, "DATABASE_URL": copy.url}
        _run("footing verify", [sys.executable, "-m", "runner", "verify"], cwd=CHECKOUT, env=environment)
        # Afterwards, for it leaves an extension there: each index is held against its table's rows.
        where = [f"--host={into.resolve() / 's'}", f"--port={PORT}", f"--username={copy.superuser}"]
        examine = ["--all", "--install-missing", "--heapallindexed", "--jobs=2"]
        examined: list[str | Path] = [program(Path(copy.folder), "pg_amcheck"), *where, *examine]
        _run("pg_amcheck", examined, cwd="/", **pgbackrest.run_as())
    finally:
        recovery.stop(into, keep_files=False)
    return f"restored in {took}, all of it whole; {_newest(copy)}"


def _run(what: str, command: list[str | Path], **more: Any) -> None:
    """Run a program to its end; raise BackupError with what it printed where it fails."""
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, **more
    )
    if done.returncode:
        hint = "make recover TO=latest INTO=…, and look at it there; the live server may be as broken"
        raise BackupError(f"{what} fails on the restored server", hint, done.stdout + done.stderr)


def _newest(copy: Copy) -> str:
    return (
        f"its last change is of {copy.last_change}" if copy.last_change else "nothing was archived after it"
    )
