"""The commands of a page of docs/, in their sections, and those of shell run as they stand."""

import os
import re
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path

from tests.support.account import run_as_server

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^( *)```(\w+)\n(.*?)\n\1```$", re.MULTILINE | re.DOTALL)


def sections(page: Path) -> dict[str, str]:
    """Return what is under each heading of level 2, by the heading, in order."""
    parts = _HEADING.split(page.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def fenced(text: str) -> list[tuple[str, str]]:
    """Return the language and the commands of each fenced block, in order."""
    return [(language, textwrap.dedent(block)) for _, language, block in _FENCED.findall(text)]


def blocks(page: Path) -> dict[str, list[str]]:
    """Return the `sh` blocks of a page by the heading they are under, in order."""
    found = {
        heading: [block for language, block in fenced(text) if language == "sh"]
        for heading, text in sections(page).items()
    }
    return {heading: some for heading, some in found.items() if some}


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
