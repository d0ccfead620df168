"""Reads sql/samples/: a file a product, cut into steps of one table each.

A step begins with `-- step: schema.table` and these lines, then the statements for a range of its rows:

    -- rows: 20000, 5000 at a time, at least 40    at scale 1; without a range all rows go at once
    -- table: schema.table                         where the step is not called like its table
    -- key: event_id                               the column with ids of its sequence, else id; or none
    -- audited too: schema.table, …                whose audit trigger must be silent besides the step's
    -- remove: DELETE …                            where deleting the step's ids is not enough;
                                                   :schema.table.first and .last are a step's ids,
                                                   or, without a key, 1 and its number of rows
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

FILES = ("core.sql", "webtest.sql", "apex.sql", "atmosfera.sql", "assistant.sql", "copilot.sql")
_ALL = 10**12
_BEGINS = re.compile(r"^-- step: (?P<step>\S+)$", re.MULTILINE)
_ROWS = re.compile(r"(?P<rows>\d+)(?:, (?P<chunk>\d+) at a time)?(?:, at least (?P<least>\d+))?")
_IDS = re.compile(r":([a-z_]+\.[a-z_]+)\.(first|last)\b")


@dataclass
class Step:
    """One table of the sample: how many rows, how they are made, how they are taken out."""

    name: str
    table: str
    sql: str
    rows: int
    chunk: int
    least: int = 1
    key: str | None = "id"
    audited_too: list[str] = field(default_factory=list)
    removal: str = ""

    @property
    def is_scratch(self) -> bool:
        """Whether the step makes a table of the sample's own."""
        return self.table.startswith("footing_sample.")

    def size(self, scale: float) -> int:
        """Return the number of rows at that scale."""
        return max(self.least, math.ceil(self.rows * scale))

    def chunks(self, size: int) -> Iterator[tuple[int, int]]:
        """Yield the first and last row of each transaction."""
        for first in range(1, size + 1, self.chunk):
            yield first, min(first + self.chunk - 1, size)

    def removing(self, ids: dict[str, tuple[int, int]]) -> str:
        """Return the statement that takes the step's rows out; `ids` are the steps' first and last."""
        ids_of_its_own = f"{self.key} BETWEEN :{self.name}.first AND :{self.name}.last"
        text = self.removal or f"DELETE FROM {self.table} WHERE {ids_of_its_own}"
        return _IDS.sub(lambda found: str(ids[found[1]][found[2] == "last"]), text)


def read(folder: Path) -> list[Step]:
    """Return every step, in the order of loading."""
    return [step for name in FILES if (folder / name).exists() for step in _cut(folder / name)]


def _cut(path: Path) -> Iterator[Step]:
    text = path.read_text(encoding="utf-8")
    begins = [*_BEGINS.finditer(text)]
    for begin, end in zip(begins, [*(match.start() for match in begins[1:]), len(text)], strict=True):
        yield _step(path, begin["step"], text[begin.end() : end].strip())


def _step(path: Path, name: str, text: str) -> Step:
    said: dict[str, list[str]] = {}
    lines = text.splitlines()
    while lines and (found := re.match(r"-- ([a-z ]+): (.*)", lines[0])):
        said.setdefault(found[1], []).append(found[2])
        lines.pop(0)
    rows = _ROWS.fullmatch(" ".join(said.pop("rows", [])))
    table = "".join(said.pop("table", [name]))
    key = "".join(said.pop("key", ["id"]))
    removal = "\n".join(said.pop("remove", []))
    audited = ", ".join(said.pop("audited too", []))
    if rows is None or said or (key == "none" and not removal):
        raise click.ClickException(f"{path.name}: step {name} is not written as tools/sample/steps.py says")
    return Step(
        name=name,
        table=table,
        sql="\n".join(lines),
        rows=int(rows["rows"]),
        chunk=int(rows["chunk"] or _ALL),
        least=int(rows["least"] or 1),
        key=None if key == "none" else key,
        audited_too=[table.strip() for table in audited.split(",") if table.strip()],
        removal=removal,
    )
