"""The shell commands of a page of docs/, run as they stand."""

import os
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path

from tests.support.account import run_as_server


def blocks(page: Path) -> dict[str, list[str]]:
    """Return the `sh` blocks of a page by the heading they are under, in order."""
    found: dict[str, list[str]] = {}
    heading, block = "", None
    for line in page.read_text(encoding="utf-8").splitlines():
        if block is None and line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.strip() == "```sh":
            block = []
        elif block is not None and line.strip() == "```":
            found.setdefault(heading, []).append(textwrap.dedent("\n".join(block)))
            block = None
        elif block is not None:
            block.append(line)
    return found


def run_block(block: str, bindir: Path, environment: Mapping[str, str]) -> str:
    """Run a block as the servers' account, with that version's programs first; return what it printed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": f"{bindir}:{os.environ['PATH']}", **environment},
        **run_as_server(),
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return done.stdout
