"""What benchmarks measured, kept as JSON in docs/benchmarks/, a file a part and scale, for the page."""

from __future__ import annotations

import json
import re
from typing import Any

from runner.settings import CHECKOUT

FOLDER = CHECKOUT / "docs" / "benchmarks"
PAGE = CHECKOUT / "docs" / "benchmarks.md"


def keep(part: str, scale: float, measured: dict[str, Any]) -> None:
    """Write what a part measured at a scale, in place of what was there."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps({"scale": scale, **measured}, indent=1, ensure_ascii=False)
    (FOLDER / f"{part}-{scale:g}.json").write_text(text + "\n", encoding="utf-8")


def kept(part: str) -> list[dict[str, Any]]:
    """Return what was kept of a part, the smallest scale first."""
    files = FOLDER.glob(f"{part}-*.json")
    return sorted(
        (json.loads(file.read_text(encoding="utf-8")) for file in files), key=lambda one: one["scale"]
    )


def put(section: str, text: str) -> None:
    """Put text between the marks of a section of docs/benchmarks.md, or at its end where it has none."""
    begin, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->\n"
    page = PAGE.read_text(encoding="utf-8")
    whole = f"{begin}{text.strip()}\n{end}"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    written = marked.sub(lambda _: whole, page) if marked.search(page) else f"{page.rstrip()}\n\n{whole}"
    PAGE.write_text(written, encoding="utf-8")


def markdown(rows: list[tuple[str, ...]]) -> str:
    """Return a table, its header first."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, f"| {' | '.join('---' for _ in rows[0])} |")
    return "\n".join(lines)
