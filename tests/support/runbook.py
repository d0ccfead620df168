"""Reads docs/runbook.md and runs its commands, placeholders filled in, where the page says.

A section of level 2 is a situation with three parts, each opened by a bold paragraph: How it shows, What to
do, Over when. A command is a fenced block, ```bash or ```sql; a bash block whose first line is `# on the
server` runs as the server's account, every other one as ours. <name> is a placeholder.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.support.account import run_as_server
from tests.support.documented import fenced, sections
from tests.support.footing import ROOT, scrubbed_environment
from tests.support.server import Server

PAGE = ROOT / "docs" / "runbook.md"
PARTS = ("How it shows", "What to do", "Over when")
_PART = re.compile(rf"^\*\*({'|'.join(PARTS)})\b", re.MULTILINE)
_PLACEHOLDER = re.compile(r"<([a-zA-Z][a-zA-Z -]*)>")


@dataclass(frozen=True)
class Block:
    """One fenced block of commands."""

    part: str
    language: str
    text: str

    @property
    def on_the_server(self) -> bool:
        """Whether it is for the server's own account."""
        return self.text.startswith("# on the server\n")

    def filled(self, values: Mapping[str, object]) -> str:
        """Return the commands with every placeholder replaced."""
        missing = {name for name in _PLACEHOLDER.findall(self.text) if name not in values}
        assert not missing, f"the test gives no value for {sorted(missing)} in:\n{self.text}"
        return _PLACEHOLDER.sub(lambda place: str(values[place[1]]), self.text)


def read() -> dict[str, list[Block]]:
    """Return the blocks of each situation that has any, by its title."""
    return {title: blocks for title, body in sections(PAGE).items() if (blocks := _blocks(body))}


def _blocks(body: str) -> list[Block]:
    pieces = _PART.split(body)
    return [
        Block(part, language, text)
        for part, piece in zip(pieces[1::2], pieces[2::2], strict=True)
        for language, text in fenced(piece)
        if language in ("bash", "sql")
    ]


@dataclass
class Page:
    """One situation, whose commands are run from the first to the last; leaving it before is a failure."""

    title: str
    blocks: list[Block]
    server: Server
    environment: dict[str, str]
    _next: int = field(default=0, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            assert self._next == len(self.blocks), f"not run:\n{self.blocks[self._next].text}"

    def run(self, part: str, number: int | None = None, **values: object) -> str:
        """Run the next blocks, so many or all that are left of that part; return what they printed.

        In `values`, new_password stands for <new password>. A block that fails fails the test.
        """
        assert part in PARTS
        left = [block for block in self.blocks[self._next :] if block.part == part]
        chosen = left[:number]
        assert chosen == self.blocks[self._next : self._next + len(chosen)], f"{part} comes later"
        assert len(chosen) == (number or len(left)) > 0, f"{part} has no such block left"
        self._next += len(chosen)
        printed = ""
        for block in chosen:
            code, said = self._run(block, values)
            assert code == 0, f"{block.text}\n{said}"
            printed += said
        return printed

    def is_over(self, **values: object) -> bool:
        """Run the blocks that tell when it is over: each succeeds, and a query has no row."""
        blocks = [block for block in self.blocks if block.part == "Over when"]
        assert blocks, f"{self.title} does not say when it is over"
        done = [(block, *self._run(block, values)) for block in blocks]
        if self._next == len(self.blocks) - len(blocks):
            self._next = len(self.blocks)
        self.told = "".join(said for _, _, said in done)
        return all(code == 0 and (block.language == "bash" or not said) for block, code, said in done)

    def _run(self, block: Block, values: Mapping[str, object]) -> tuple[int, str]:
        """Run one block; return its exit code and what it printed."""
        text = block.filled({name.replace("_", " "): value for name, value in values.items()})
        where = {"cwd": ROOT, "env": self.environment}
        if block.language == "sql":
            command = ["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-f", "-"]
            command += ["-d", self.environment["DATABASE_URL"]]
        else:
            command = ["bash", "-euo", "pipefail", "-s"]
            if block.on_the_server:
                path = f"{self.server.bindir}:{self.environment['PATH']}"
                own = {**self.environment, "PATH": path, "PGDATA": str(self.server.datadir)}
                where = {"cwd": "/", "env": own, **run_as_server()}
        done = subprocess.run(
            command, input=text, check=False, capture_output=True, text=True, timeout=120, **where
        )
        return done.returncode, done.stdout + done.stderr


def operator(server: Server, url: str, home: Path, **more: str) -> dict[str, str]:
    """Return the environment of whoever follows the page: the checkout's programs, and the database."""
    environment = scrubbed_environment(home, {"DATABASE_URL": url, **more})
    programs = [str(Path(sys.executable).parent), environment["PATH"]]
    if shutil.which("psql") is None:
        programs.append(str(server.bindir))
    return {**environment, "PATH": os.pathsep.join(programs)}


def stop_by_pg_ctl(server: Server) -> None:
    """Stop a server that the page has started, which is nobody's child."""
    stop = [server.bindir / "pg_ctl", "-D", server.datadir, "-m", "fast", "-s", "stop"]
    subprocess.run(stop, check=True, cwd="/", **run_as_server())
