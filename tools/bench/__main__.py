"""Benchmarks ours beside the documents' own tables, at one scale after another: `make bench`."""

from __future__ import annotations

from typing import Any

import click

from runner.output import Output
from tools.bench import page, record
from tools.bench.parts import PARTS, measure
from tools.bench.place import place


@click.command()
@click.option("--scale", "scales", type=float, multiple=True, help="Sizes of the sample (default 0.1, 1).")
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, help="Only that (default: all).")
@click.option("--count", type=click.IntRange(min=2), default=50, show_default=True,
              help="Parameters of each query.")  # fmt: skip
@click.option("--only", help="Queries whose name contains this.")
@click.option("--rounds", type=click.IntRange(min=1), default=7, show_default=True,
              help="Rounds of the other parts; medians are over these.")  # fmt: skip
@click.option("-d", "--database", metavar="CONNINFO",
              help="A server to make a scratch database on, instead of one of our own.")  # fmt: skip
@click.option("--write", is_flag=True, help="Keep the figures, and write docs/benchmarks.md from all kept.")
@click.option("--draw", is_flag=True, help="Measure nothing: write the page from what is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def main(
    scales: tuple[float, ...],
    parts: tuple[str, ...],
    count: int,
    only: str | None,
    rounds: int,
    database: str | None,
    write: bool,
    draw: bool,
    as_json: bool,
) -> None:
    """Measure hot queries, figures over everything, and ingest, ours beside the documents' tables.

    Where no database is named, on a server of its own in the folder for temporary files (TMPDIR).
    Scale 10 is ten million executions and takes about half an hour and 31 GB.

    \b
    Example:
      python -m tools.bench --scale 0.1 --part queries --only dashboard
      python -m tools.bench --scale 10 --write
    """
    output = Output("bench", as_json=as_json)
    if write and only:
        raise click.UsageError("--write keeps whole parts: leave --only out")
    told: dict[str, Any] = {}
    for scale in () if draw else scales or (0.1, 1.0):
        with place(database, scale, output, as_json) as found:
            for part in (part for part in PARTS if not parts or part in parts):
                measured = measure(found, part, count, only, rounds, as_json)
                if write:  # at once: a later part that fails takes nothing with it
                    record.keep(part, scale, measured)
                _print(output, part, {"scale": scale, **measured})
                told.setdefault(f"{scale:g}", {})[part] = measured
    if write or draw:
        page.write()
    output.finish(results=told)


def _print(output: Output, part: str, measured: dict[str, Any]) -> None:
    for title, (header, *rows) in page.tables(part, measured):
        output.line(f"scale {measured['scale']:g}: {title}", bold=True)
        output.table(tuple(cell.upper() for cell in header), rows)
        output.line()


if __name__ == "__main__":
    main()
