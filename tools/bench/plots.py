"""Plots of the benchmarks, drawn as plain SVG: the same figures give the same file, byte for byte."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

COLOURS = {
    "row security": "#2a6f97", "explicit filter": "#a9d6e5", "documents": "#e07a5f", "footing": "#2a6f97"
}  # fmt: skip
Series = Mapping[str, Sequence[tuple[float, float]]]  # contestant → scale and value
_PER_ROW, _WIDTH, _HEIGHT = 4, 225, 150  # of the small plots
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 24, 24


def bars(facts: list[dict[str, Any]]) -> str:
    """Return a plot of each query's p95, ours beside the documents', on a logarithmic scale."""
    left, bar, gap, width = 270, 9, 14, 900
    names = [name for name in COLOURS if any(name in fact["contestants"] for fact in facts)]
    height = 60 + len(facts) * (bar * len(names) + gap)
    values = [told["p95_ms"] for fact in facts for told in fact["contestants"].values()]
    low, high = 0.01, max(1.0, *values)
    x = _scaled(low, high, left, width - 70)
    parts = [*_frame(width, height), *_legend(names, left)]
    for tick in _decades(low, high):
        parts.append(f'<line x1="{x(tick)}" y1="30" x2="{x(tick)}" y2="{height - 20}" stroke="#ddd"/>')
        parts.append(f'<text x="{x(tick)}" y="{height - 6}" text-anchor="middle">{tick:g} ms</text>')
    y = 36
    for fact in facts:
        middle = y + bar * len(names) / 2 + 4
        parts.append(
            f'<text x="{left - 8}" y="{middle:g}" text-anchor="end">{escape(fact["query"])}</text>'
        )
        for name in names:
            if name in fact["contestants"]:
                value = fact["contestants"][name]["p95_ms"]
                end = x(value)
                parts.append(
                    f'<rect x="{left}" y="{y}" width="{max(end - left, 1):g}" height="{bar - 1}"'
                    f' fill="{COLOURS[name]}"/>'
                )
                parts.append(f'<text x="{end + 4:g}" y="{y + 8}" font-size="9">{value:.2f}</text>')
            y += bar
        y += gap
    return "\n".join([*parts, "</svg>", ""])


def growth(plots: Mapping[str, Series], unit: str) -> str:
    """Return a small plot for each title: values by scale, a line a contestant, both axes logarithmic.

    All share their axes, so that slopes and heights compare.
    """
    points = [point for series in plots.values() for line in series.values() for point in line]
    names = [name for name in COLOURS if any(name in series for series in plots.values())]
    rows = math.ceil(len(plots) / _PER_ROW)
    width, height = _PER_ROW * _WIDTH, 30 + rows * _HEIGHT
    scales = sorted({scale for scale, _ in points})
    low = 10 ** math.floor(math.log10(min(value for _, value in points)))
    high = 10 ** math.ceil(math.log10(max(value for _, value in points) * 1.01))
    x = _scaled(scales[0], max(scales[-1], scales[0] * 1.01), _LEFT, _WIDTH - _RIGHT)
    y = _scaled(low, high, _HEIGHT - _BOTTOM, _TOP)
    parts = [*_frame(width, height), *_legend(names, _LEFT)]
    for place, (title, series) in enumerate(plots.items()):
        across, down = place % _PER_ROW * _WIDTH, 30 + place // _PER_ROW * _HEIGHT
        parts.append(f'<g transform="translate({across} {down})">')
        parts.append(f'<text x="6" y="14" font-size="10" font-weight="bold">{escape(title)}</text>')
        for tick in _decades(low, high):
            parts.append(
                f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(tick)}" y2="{y(tick)}" stroke="#ddd"/>'
            )
            parts.append(
                f'<text x="{_LEFT - 4}" y="{y(tick) + 3:g}" font-size="8" text-anchor="end">'
                f"{_short(tick)} {unit}</text>"
            )
        for scale in scales:
            under = f'x="{x(scale)}" y="{_HEIGHT - 10}" font-size="8" text-anchor="middle"'
            parts.append(f"<text {under}>{scale:g}</text>")
        for name in names:
            line = sorted(series.get(name, ()))
            path = " ".join(f"{x(scale)},{y(value)}" for scale, value in line)
            if line:
                parts.append(
                    f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="1.5"/>'
                )
            for scale, value in line:
                parts.append(
                    f'<circle cx="{x(scale)}" cy="{y(value)}" r="2.5" fill="{COLOURS[name]}">'
                    f"<title>{name}, scale {scale:g}: {value:,.2f} {unit}</title></circle>"
                )
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _frame(width: int, height: int) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        ' font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]


def _legend(names: list[str], left: int) -> list[str]:
    parts = []
    for place, name in enumerate(names):
        parts.append(
            f'<rect x="{left + place * 150}" y="10" width="10" height="10" fill="{COLOURS[name]}"/>'
        )
        parts.append(f'<text x="{left + place * 150 + 15}" y="19">{name}</text>')
    return parts


def _scaled(low: float, high: float, first: float, last: float) -> Callable[[float], float]:
    """Return what places a value between two ends, logarithmically."""

    def placed(value: float) -> float:
        share = math.log10(max(value, low) / low) / math.log10(high / low)
        return round(first + share * (last - first), 1)

    return placed


def _decades(low: float, high: float) -> list[float]:
    return [
        round(10.0**power, 6)
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        if low * 0.999 <= 10.0**power <= high * 1.001
    ]


def _short(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"  # noqa: PLR2004
