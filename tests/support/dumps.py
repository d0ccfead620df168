"""Runs the commands of ops/backup and ops/archive as make does, and tells what is in a place."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.footing import ROOT, scrubbed_environment


class Operator:
    """Somebody with a home, an environment (a store's keys, say) and a database."""

    def __init__(self, home: Path, url: str, env: Mapping[str, str] | None = None) -> None:
        """Work on that database with those variables."""
        self.environment = scrubbed_environment(home, {"DATABASE_URL": url, **(env or {})})

    def __call__(self, module: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m ops.MODULE` to its end."""
        return subprocess.run(
            self._command(module, words),
            env={**self.environment, **env},
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )

    def json(self, module: str, *words: str, code: int = 0, **env: str) -> Any:
        """Run it with --json; return its document, or the error in it."""
        done = self(module, *words, "--json", **env)
        assert done.returncode == code, done.stdout + done.stderr
        said = json.loads(done.stdout)
        return said if code == 0 else said["error"]

    def start(self, module: str, *words: str) -> subprocess.Popen[str]:
        """Start it and leave it running."""
        return subprocess.Popen(
            self._command(module, words),
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def _command(module: str, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", f"ops.{module}", *words]


def files(place: Path) -> set[str]:
    """Return every file in a place, by its path there."""
    return {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
