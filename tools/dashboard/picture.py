"""docs/dashboard.svg: the panels of ops/prometheus/dashboard.json, drawn from what Prometheus answered."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from runner.settings import CHECKOUT
from tools.svg import document, element, rect, text

DASHBOARD = CHECKOUT / "ops" / "prometheus" / "dashboard.json"
PICTURE = CHECKOUT / "docs" / "dashboard.svg"
Panel = dict[str, Any]

_COLUMN, _LINE, _GAP, _HEAD = 50, 25, 3, 34  # pixels: a column and a line of Grafana's grid, between, above
_LEGEND, _LISTED, _LONGEST = 188, 8, 23  # its width; series in it; letters of a name in it
_COLOURS = (
    "#0969da", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#bf3989", "#1b7c83", "#57606a"
)  # fmt: skip
_THRESHOLDS = {"green": "#1a7f37", "orange": "#bc4c00", "red": "#cf222e"}
_STYLE = (
    "text { font: 10px sans-serif; fill: #57606a }"
    " .title { font-weight: bold; font-size: 12px; fill: #24292f }"
    " .row { font-weight: bold; font-size: 14px; fill: #24292f } .last { fill: #24292f }"
    " .stat { font-weight: bold; font-size: 24px } path { fill: none; stroke-width: 1.4 }"
    " line { stroke: #eaeef2 } .panel { fill: #ffffff; stroke: #d0d7de }"
)
_SCALES = {
    "bytes": (1024, ("B", "KiB", "MiB", "GiB", "TiB")),
    "Bps": (1024, ("B/s", "KiB/s", "MiB/s", "GiB/s")),
    "short": (1000, ("", "k", "M", "G")),
    "ops": (1000, ("/s", "k/s", "M/s")),
}


class EmptyPanelError(Exception):
    """A panel about which Prometheus had nothing to say."""


@dataclass(frozen=True)
class Series:
    """One line of a panel: its name, and its values by moment (seconds of the epoch)."""

    name: str
    points: list[tuple[float, float]]

    def last(self, at: float) -> float | None:
        """Return its value at that moment, or None where it had ended by then."""
        return self.points[-1][1] if self.points[-1][0] > at - 2 else None


def panels() -> list[Panel]:
    """Return the dashboard's rows and panels."""
    found: list[Panel] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def expressions(panel: Panel, interval: str) -> dict[str, str]:
    """Return what a panel asks, for every server: expression → legend; rates over `interval` ("10s")."""
    return {
        target["expr"]
        .replace('instance=~"$instance"', 'instance=~".+"')
        .replace("$__rate_interval", interval): target["legendFormat"]
        for target in panel.get("targets", ())
    }


def series(legend: str, answer: list[dict[str, Any]]) -> list[Series]:
    """Return the lines of a range query's answer that have a value at all, by their legend."""
    found = []
    for line in answer:
        parts = re.split(r"\{\{(\w+)\}\}", legend)  # every second one is a label
        name = "".join(line["metric"].get(part, "") if at % 2 else part for at, part in enumerate(parts))
        points = [(float(at), float(value)) for at, value in line["values"]]
        if points := [point for point in points if math.isfinite(point[1])]:
            found.append(Series(name, points))
    return found


def draw(dashboard: list[Panel], answers: dict[int, list[Series]], caption: str) -> str:
    """Return the dashboard as SVG, from the series of each panel's id.

    Raises EmptyPanelError with every panel that has none.
    """
    asked = [panel for panel in dashboard if panel["type"] != "row"]
    if empty := [panel["title"] for panel in asked if not answers.get(panel["id"])]:
        raise EmptyPanelError("no data for: " + ", ".join(empty))
    moments = [at for lines in answers.values() for line in lines for at, _ in line.points]
    span = min(moments), max(moments)
    height = _HEAD + max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard) * _LINE
    parts = [f"<style>{_STYLE}</style>", rect(0, 0, 24 * _COLUMN, height, fill="#f6f8fa")]
    parts.append(text(caption, 2 * _GAP, 21))
    for panel in dashboard:
        x, y, wide, high = (panel["gridPos"][key] for key in ("x", "y", "w", "h"))
        at = f"translate({x * _COLUMN + _GAP} {_HEAD + y * _LINE + _GAP})"
        drawn = _panel(
            panel, answers.get(panel["id"], []), wide * _COLUMN - 2 * _GAP, high * _LINE - 2 * _GAP, span
        )
        parts.append(element("g", "\n".join(drawn), transform=at))
    return document(
        parts, viewBox=f"0 0 {24 * _COLUMN} {height}", role="img", aria_label="The dashboard, by panel"
    )


def said(value: float, unit: str) -> str:
    """Return a value in a panel's unit, for a person: 1.2 MiB, 12 %, 40 ms."""
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "s":
        return f"{value * 1000:.3g} ms" if 0 < abs(value) < 1 else f"{value:.3g} s"
    if unit not in _SCALES:
        return f"{value:g}"
    base, names = _SCALES[unit]
    step = 0
    while abs(value) >= base and step < len(names) - 1:
        value, step = value / base, step + 1
    digits = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"  # noqa: PLR2004 (no 1e+03 KiB)
    return f"{digits} {names[step]}" if names[step][:1].isalpha() else digits + names[step]


def _panel(
    panel: Panel, lines: list[Series], width: int, height: int, span: tuple[float, float]
) -> Iterator[str]:
    if panel["type"] == "row":
        yield text(panel["title"], 2, height - 3, class_="row")
        return
    yield element("title", panel["description"].replace("&", "&amp;").replace("<", "&lt;"))
    yield rect(0, 0, width, height, rx=3, class_="panel")
    yield text(panel["title"], 8, 17, class_="title")
    defaults = panel["fieldConfig"]["defaults"]
    unit = defaults["unit"]
    if panel["type"] == "stat":
        value = lines[0].points[-1][1]
        steps = [s for s in defaults["thresholds"]["steps"] if s["value"] is None or value >= s["value"]]
        colour = _THRESHOLDS[steps[-1]["color"]]
        yield text(
            said(value, unit), width / 2, height / 2 + 20, class_="stat", text_anchor="middle",
            style=f"fill: {colour}",
        )  # fmt: skip
        return
    lines = sorted(lines, key=lambda line: -(line.last(span[1]) or 0))
    yield from _chart(lines, unit, width - _LEGEND, height, span)
    yield from _legend(lines, unit, width - _LEGEND + 8, width - 8, span[1])


def _chart(
    lines: list[Series], unit: str, width: int, height: int, span: tuple[float, float]
) -> Iterator[str]:
    """Draw the lines from a round number below the lowest to one above the highest."""
    left, top, bottom = 56, 30, height - 20
    values = [value for line in lines for _, value in line.points]
    step = _round_step(max(values) - min(0.0, *values), unit)
    low = min(0.0, math.floor(min(values) / step) * step)
    high = max(1, math.ceil(max(values) / step)) * step

    def x(at: float) -> float:
        return round(left + (at - span[0]) / (span[1] - span[0] or 1) * (width - left), 1)

    def y(value: float) -> float:
        return round(bottom - (value - low) / (high - low) * (bottom - top), 1)

    for number in range(round((high - low) / step) + 1):
        value = low + number * step
        yield element("line", x1=left, x2=width, y1=y(value), y2=y(value))
        yield text(said(value, unit), left - 5, y(value) + 3, text_anchor="end")
    for part in (0.0, 0.5, 1.0):
        at = span[0] + part * (span[1] - span[0])
        yield text(f"{at - span[0]:.0f} s", x(at), height - 6, text_anchor="middle")
    for place, line in reversed(list(enumerate(lines))):
        path = " ".join(f"{x(at)},{y(value)}" for at, value in line.points)
        yield element("path", d=f"M {path}", style=f"stroke: {_COLOURS[place % len(_COLOURS)]}")


def _round_step(span: float, unit: str) -> float:
    """Return 1, 2 or 5 times a power of ten of KiB, MiB … where it is bytes: two to five make the span."""
    base = _SCALES.get(unit, (1000, ()))[0]
    rough = (span or 1) / 4
    prefix = float(base ** math.floor(math.log(max(rough, 1), base)))
    power = prefix * 10.0 ** math.floor(math.log10(rough / prefix))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)


def _legend(lines: list[Series], unit: str, left: int, right: int, end: float) -> Iterator[str]:
    """Name the highest lines with their last values, and count the others."""
    for place, line in enumerate(lines[:_LISTED]):
        y = 38 + 15 * place
        name = line.name if len(line.name) <= _LONGEST else "…" + line.name[1 - _LONGEST :]
        yield rect(left, y - 7, 7, 7, fill=_COLOURS[place % len(_COLOURS)])
        yield text(name, left + 11, y)
        last = line.last(end)
        told = "–" if last is None else said(last, unit)  # noqa: RUF001 (a dash: it has ended)
        yield text(told, right, y, class_="last", text_anchor="end")
    if len(lines) > _LISTED:
        yield text(f"and {len(lines) - _LISTED} more", left + 11, 38 + 15 * _LISTED)
