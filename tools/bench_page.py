"""The query section of docs/benchmarks.md: tables, and plots drawn as plain SVG.

The SVG is written by hand: bars of one kind need no plotting library, and the same figures give the
same file, byte for byte.
"""

from __future__ import annotations

import math
import re
from typing import Any

from runner.settings import CHECKOUT
from tools.bench_hot import HOT
from tools.svg import document, element, rect, text

PAGE = CHECKOUT / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- queries -->", "<!-- end of queries -->"
_COLOURS = {"row security": "#2a6f97", "explicit filter": "#a9d6e5", "documents": "#e07a5f"}
_HEADER = (
    "query", "contestant", "median ms", "p95 ms", "max ms", "buffers median", "max", "rows", "bar"
)  # fmt: skip
_TEXT = """\
{begin}
## The queries

Written by `make bench ARGS=--write`, which repeats it: {count} queries, each with 50 parameters, popular
and rare, prepared, the middle of three runs, by the server's clock. *row security* is the application's
role with its policies; *explicit filter* the same tables with the tenant named in the query and no
policies; *documents* the tables and indexes of documents 000 and 001 as they stand, without tenants'
policies, on the same rows. All with random_page_cost = 1.1, as the embedded server has it and a server on
solid state should: with 4 the planner now and then sorts all runs of a test. Buffers are exact;
milliseconds are this machine's, and of the moment.

{sections}
{end}
"""


def table(facts: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the results as rows, the header first."""
    bars = {hot.name: hot.bar for hot in HOT}
    rows: list[tuple[str, ...]] = [_HEADER]
    for fact in facts:
        for name, told in fact["contestants"].items():
            bar = bars.get(fact["query"]) if name == "row security" else None
            verdict = "" if bar is None else f"{bar:g} {'met' if told['p95_ms'] <= bar else 'MISSED'}"
            rows.append(
                (
                    fact["query"],
                    name,
                    *(f"{told[key]:.2f}" for key in ("median_ms", "p95_ms", "max_ms")),
                    f"{told['median_buffers']:,}",
                    f"{told['max_buffers']:,}",
                    f"{told['median_rows']:,}",
                    verdict,
                )
            )
    return rows


def svg(facts: list[dict[str, Any]]) -> str:
    """Return a plot of each query's p95, ours beside the documents', on a logarithmic scale."""
    left, bar, gap, width = 270, 9, 14, 900
    names = [name for name in _COLOURS if any(name in fact["contestants"] for fact in facts)]
    height = 60 + len(facts) * (bar * len(names) + gap)
    values = [told["p95_ms"] for fact in facts for told in fact["contestants"].values()]
    low, high = 0.01, max(1.0, *values)

    def x(value: float) -> float:
        share = math.log10(max(value, low) / low) / math.log10(high / low)
        return round(left + share * (width - left - 70), 1)

    parts = [element("rect", width=width, height=height, fill="white")]
    for place, name in enumerate(names):
        parts.append(rect(left + place * 150, 10, 10, 10, fill=_COLOURS[name]))
        parts.append(text(name, left + place * 150 + 15, 19))
    tick = low
    while tick <= high:
        parts.append(element("line", x1=x(tick), y1=30, x2=x(tick), y2=height - 20, stroke="#ddd"))
        parts.append(text(f"{tick:g} ms", x(tick), height - 6, text_anchor="middle"))
        tick = round(tick * 10, 6)
    y = 36
    for fact in facts:
        middle = y + bar * len(names) / 2 + 4
        parts.append(text(fact["query"], left - 8, f"{middle:g}", text_anchor="end"))
        for name in names:
            if name in fact["contestants"]:
                value = fact["contestants"][name]["p95_ms"]
                end = x(value)
                parts.append(rect(left, y, f"{max(end - left, 1):g}", bar - 1, fill=_COLOURS[name]))
                parts.append(text(f"{value:.2f}", f"{end + 4:g}", y + 8, font_size=9))
            y += bar
        y += gap
    return document(parts, width=width, height=height, font_family="sans-serif", font_size=11)


def write(facts: list[dict[str, Any]]) -> None:
    """Write the section of the page, and one plot a scale beside it."""
    sections = []
    for scale in dict.fromkeys(fact["scale"] for fact in facts):
        these = [fact for fact in facts if fact["scale"] == scale]
        name = f"queries-{scale:g}.svg"
        (PAGE.parent / name).write_text(svg(these), encoding="utf-8")
        header, *rows = table(these)
        lines = [f"| {' | '.join(row)} |" for row in (header, tuple("---" for _ in header), *rows)]
        sections.append(
            f"### Scale {scale:g}: {scale * 1_000_000:,.0f} executions\n\n![p95 of each query]({name})\n\n"
            + "\n".join(lines)
        )
    count = len({fact["query"] for fact in facts})
    section = _TEXT.format(begin=_BEGIN, end=_END, count=count, sections="\n\n".join(sections))
    page = re.sub(f"{_BEGIN}.*{_END}\n", "", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    PAGE.write_text(page.rstrip() + "\n\n" + section, encoding="utf-8")
