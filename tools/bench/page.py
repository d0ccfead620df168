"""The sections of docs/benchmarks.md that `make bench` writes, from what docs/benchmarks/ keeps."""

from __future__ import annotations

from typing import Any

from tools.bench.aggregates import AGGREGATES, PATIENCE
from tools.bench.ingest import WAYS
from tools.bench.ingest_profile import EVERYTHING, INDEX_BAR, SIZED
from tools.bench.more import QUERIES
from tools.bench.page_text import TEXTS
from tools.bench.plots import Series, bars, growth
from tools.bench.record import PAGE, kept, markdown, put
from tools.bench.rows import OURS, THEIRS

Rows = list[tuple[str, ...]]
_QUERIES = (
    "query", "contestant", "median ms", "p95 ms", "max ms", "buffers median", "max", "rows", "bar"
)  # fmt: skip


def queries_table(facts: list[dict[str, Any]]) -> Rows:
    """Return the results of the hot queries as rows, the header first."""
    bars_of = {hot.name: hot.bar for hot in QUERIES}
    rows: Rows = [_QUERIES]
    for fact in facts:
        for name, told in fact["contestants"].items():
            bar = bars_of.get(fact["query"]) if name == "row security" else None
            rows.append(
                (
                    fact["query"],
                    name,
                    *(f"{told[key]:.2f}" for key in ("median_ms", "p95_ms", "max_ms")),
                    f"{told['median_buffers']:,}",
                    f"{told['max_buffers']:,}",
                    f"{told['median_rows']:,}",
                    "" if bar is None else _verdict(f"{bar:g}", told["p95_ms"] <= bar),
                )
            )
    return rows


def aggregates_table(results: dict[str, Any], scale: float) -> Rows:
    """Return how long each refresh and summary took, the header first."""
    bars_of = {each.name: dict(each.bars) for each in AGGREGATES}
    rows: Rows = [("figures", "footing ms", "documents ms", "bar")]
    for name, told in results.items():
        bar = bars_of.get(name, {}).get(scale)
        verdict = "" if bar is None else _verdict(f"{bar:g} ms", (told[OURS] or float("inf")) <= bar)
        rows.append((name, _milliseconds(told, OURS), _milliseconds(told, THEIRS), verdict))
    return rows


def ways_table(ways: dict[str, Any]) -> Rows:
    """Return rows a second and bytes of log, the header first."""
    rows: Rows = [
        (
            "written by",
            "contestant",
            "rows/s",
            "times theirs",
            "server's CPU, µs/row",
            "WAL, bytes/row",
            "bar",
        )
    ]
    for way, pair in ways.items():
        ratio, bar = pair["times"], WAYS[way][1]
        for name, told in pair["contestants"].items():
            ours = name == OURS
            rows.append(
                (
                    way,
                    name,
                    f"{told['rows_per_second']:,}",
                    f"{ratio:.2f}" if ours else "",
                    "-" if told["cpu_us_per_row"] is None else f"{told['cpu_us_per_row']:.1f}",
                    f"{told['wal_bytes_per_row']:,}",
                    _verdict(f"{bar:g}", ratio >= bar) if ours and bar else "",
                )
            )
    return rows


def breakdown_table(breakdown: dict[str, Any]) -> Rows:
    """Return what each part of an INSERT costs, the dearest first, the header before."""
    whole, parts = breakdown["whole"], dict(breakdown["parts"])
    rest = parts.pop(EVERYTHING)
    ordered = sorted(((name, max(cost, 0.0)) for name, cost in parts.items()), key=lambda part: -part[1])
    rows: Rows = [("part of an INSERT", "µs/row", "share")]
    rows += [(name, f"{cost:.1f}", f"{cost / whole:.0%}") for name, cost in [(EVERYTHING, rest), *ordered]]
    return [*rows, ("all of it", f"{whole:.1f}", "100%")]


def triggers_table(triggers: list[dict[str, Any]]) -> Rows:
    """Return the time of each trigger, the header first."""
    rows: Rows = [("by EXPLAIN ANALYZE", "ms", "calls")]
    return rows + [(each["what"], f"{each['ms']:.1f}", f"{each['calls']:,}") for each in triggers]


def sizes_table(sizes: dict[str, Any]) -> Rows:
    """Return the bytes of a row, the header first."""
    rows: Rows = [("created_at", "contestant", "heap", "indexes", "times theirs", "each index", "bar")]
    for moment, pair in sizes.items():
        ratio = pair[OURS]["indexes"] / pair[THEIRS]["indexes"]
        for name, told in pair.items():
            ours = name == OURS
            rows.append(
                (
                    moment,
                    name,
                    f"{told['heap']:.0f}",
                    f"{told['indexes']:.0f}",
                    f"{ratio:.2f}" if ours else "",
                    ", ".join(f"{size:.0f}" for _, size in told["each"]),
                    _verdict(f"{INDEX_BAR:g}", round(ratio, 2) <= INDEX_BAR) if ours else "",
                )
            )
    return rows


def tables(part: str, measured: dict[str, Any]) -> list[tuple[str, Rows]]:
    """Return the tables of a part, each with its title."""
    if part == "queries":
        return [("the queries", queries_table(measured["results"]))]
    if part == "aggregates":
        return [("figures over everything", aggregates_table(measured["results"], measured["scale"]))]
    return [
        ("rows written", ways_table(measured["ways"])),
        (f"bytes a row, of {SIZED:,} written to empty tables", sizes_table(measured["sizes"])),
        ("where the time of an INSERT goes", breakdown_table(measured["breakdown"])),
        ("the triggers of one INSERT of 1,000 rows", triggers_table(measured["triggers"])),
    ]


def write() -> None:
    """Write each section and its plots from what is kept."""
    for part, text in TEXTS.items():
        measured = kept(part)
        if not measured:
            continue
        sections = []
        for one in measured:
            scale, said = one["scale"], one["circumstances"]
            head = f"### Scale {scale:g}: {scale * 1_000_000:,.0f} executions"
            head += (
                "\n\nPostgreSQL {postgresql}, {cores} cores, load average {load_average}, {day}.".format(
                    **said
                )
            )
            if part == "queries":
                (PAGE.parent / f"queries-{scale:g}.svg").write_text(bars(one["results"]), encoding="utf-8")
                head += f"\n\n![p95 of each query](queries-{scale:g}.svg)"
            shown = [f"*{title}*\n\n{markdown(rows)}" for title, rows in tables(part, one)]
            sections.append("\n\n".join([head, *shown]))
        plots, unit = _growth(part, measured)
        (PAGE.parent / f"growth-{part}.svg").write_text(growth(plots, unit), encoding="utf-8")
        plot = f"![{part} by scale, ours and the documents'](growth-{part}.svg)"
        put(
            part, text.format(count=len(QUERIES), patience=PATIENCE) + "\n" + "\n\n".join([plot, *sections])
        )


def _growth(part: str, measured: list[dict[str, Any]]) -> tuple[dict[str, Series], str]:
    """Return what of a part is drawn by scale, and its unit."""
    plots: dict[str, dict[str, list[tuple[float, float]]]] = {}

    def add(title: str, name: str, scale: float, value: float | None) -> None:
        if value:
            plots.setdefault(title, {}).setdefault(name, []).append((scale, value))

    for one in measured:
        scale = one["scale"]
        if part == "queries":
            for fact in one["results"]:
                for name in ("row security", "documents"):
                    add(fact["query"], name, scale, fact["contestants"].get(name, {}).get("p95_ms"))
        elif part == "aggregates":
            for title, told in one["results"].items():
                for name, value in told.items():
                    add(title, name, scale, value)
        else:
            for way, pair in one["ways"].items():
                for name, told in pair["contestants"].items():
                    add(way, name, scale, told["rows_per_second"])
    return dict(plots), {"queries": "ms", "aggregates": "ms", "ingest": "/s"}[part]


def _verdict(bar: str, met: bool) -> str:
    return f"{bar} {'met' if met else 'MISSED'}"


def _milliseconds(told: dict[str, float | None], name: str) -> str:
    if name not in told:
        return "-"
    value = told[name]
    return f"over {PATIENCE} s" if value is None else f"{value:,.1f}"
