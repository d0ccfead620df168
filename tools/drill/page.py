"""docs/drills.md and its chart: a row a drill, the newest last, and how the times went."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from runner.settings import CHECKOUT

if TYPE_CHECKING:
    from tools.drill.drill import Result

PAGE = CHECKOUT / "docs" / "drills.md"
CHART = CHECKOUT / "docs" / "drills.svg"
BAR = 60.0  # seconds, of both
_HEADER = (
    "drill (UTC)", "mode", "scale", "MB", "writes/s", "acknowledged", "lost", "RPO s", "RTO s",
    "of it restore s", "checked in s", "verdict",
)  # fmt: skip
_ROW = re.compile(r"^\| (\d{4}-.*) \|$", re.MULTILINE)
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 900, 280, 52, 28, 42
_LOWEST = 0.1  # seconds: what is less is drawn there
_SERIES = {  # (mode, column) → its colour and how it is called
    ("archive", "RTO s"): ("#2a6f97", "RTO, restored"),
    ("archive", "RPO s"): ("#e07a5f", "RPO, restored"),
    ("synchronous", "RTO s"): ("#81b29a", "RTO, failed over"),
    ("synchronous", "RPO s"): ("#3d405b", "RPO, failed over"),
}


def seconds(value: float | None) -> str:
    """Return seconds for a person."""
    return "unknown" if value is None else f"{value:.1f} s"


def number(value: int | None) -> str:
    """Return a count for a person."""
    return "unknown" if value is None else f"{value:,}"


def rows(text: str) -> list[dict[str, str]]:
    """Return the drills that a page tells of, oldest first."""
    return [dict(zip(_HEADER, row.split(" | "), strict=True)) for row in _ROW.findall(text)]


def append(result: Result, path: Path = PAGE, chart_path: Path = CHART) -> None:
    """Add a drill to the page, and draw the chart anew."""
    failed = [check.name for check in result.checks if not check.ok]
    row = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M}", result.mode, f"{result.scale:g}", f"{result.megabytes:,}",
        f"{result.per_second:,}", f"{result.acknowledged:,}",
        *("-" if value is None else f"{value:,}" for value in (result.lost, result.rpo, result.rto)),
        "-" if result.recovered is None else f"{result.recovered:,}", f"{result.verified:g}",
        "passed" if result.ok else "FAILED: " + ", ".join(failed),
    )  # fmt: skip
    text = path.read_text(encoding="utf-8").rstrip("\n") + f"\n| {' | '.join(row)} |\n"
    path.write_text(text, encoding="utf-8")
    chart_path.write_text(chart(rows(text)), encoding="utf-8")


def chart(drills: list[dict[str, str]]) -> str:
    """Return RTO and RPO of every drill as SVG, on a logarithmic scale, with the bar of a minute."""
    top = max([BAR * 2, *(_value(drill[name]) or 0 for drill in drills for _, name in _SERIES)])

    def x(at: int) -> float:
        return round(_LEFT + (at + 0.5) / len(drills) * (_WIDTH - _LEFT - 20), 1)

    def y(value: float) -> float:
        part = math.log(max(value, _LOWEST) / _LOWEST) / math.log(top / _LOWEST)
        return round(_HEIGHT - _BOTTOM - part * (_HEIGHT - _BOTTOM - _TOP), 1)

    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
            ' aria-label="RTO and RPO of every drill, in seconds">',
            "<style>text { font: 11px sans-serif; fill: #57606a } .axis { stroke: #d0d7de }"
            " .bar { stroke: #9a6700; stroke-dasharray: 5 4 } path { fill: none; stroke-width: 1.3 }"
            "</style>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            *(
                f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y(value)}" y2="{y(value)}"/>'
                f'<text x="{_LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{value:g} s</text>'
                for value in (0.1, 1.0, 10.0, 100.0, 1000.0)
                if value <= top
            ),
            f'<line class="bar" x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y(BAR)}" y2="{y(BAR)}"/>',
            f'<text x="{_WIDTH - 12}" y="{y(BAR) - 4}" text-anchor="end">bar: {BAR:g} s</text>',
            *(
                f'<text x="{x(at)}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">'
                f"{drill['drill (UTC)'][5:10]}</text>"
                f'<text x="{x(at)}" y="{_HEIGHT - _BOTTOM + 30}" text-anchor="middle">'
                f"S={drill['scale']}</text>"
                for at, drill in enumerate(drills)
                if at % max(1, math.ceil(len(drills) / 20)) == 0
            ),
            *(
                line
                for place, ((mode, name), (colour, label)) in enumerate(_SERIES.items())
                for line in _series(drills, mode, name, colour, label, place, x, y)
            ),
            "</svg>\n",
        ]
    )


def _series(
    drills: list[dict[str, str]],
    mode: str,
    name: str,
    colour: str,
    label: str,
    place: int,
    x: Callable[[int], float],
    y: Callable[[float], float],
) -> Iterator[str]:
    """Draw one line with its points, which tell their value, and its part of the legend."""
    yield f'<rect x="{_LEFT + place * 150}" y="6" width="10" height="10" fill="{colour}"/>'
    yield f'<text x="{_LEFT + place * 150 + 15}" y="15">{label}</text>'
    known = [
        (at, value)
        for at, drill in enumerate(drills)
        if drill["mode"] == mode and (value := _value(drill[name])) is not None
    ]
    if known:
        yield f'<path stroke="{colour}" d="M {" ".join(f"{x(at)},{y(value)}" for at, value in known)}"/>'
    for at, value in known:
        yield (
            f'<circle cx="{x(at)}" cy="{y(value)}" r="3.5" fill="{colour}">'
            f"<title>{label}: {value:g} s</title></circle>"
        )


def _value(text: str) -> float | None:
    return None if text == "-" else float(text.replace(",", ""))
