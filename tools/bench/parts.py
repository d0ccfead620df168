"""The three parts of the benchmark, each of which measures one place."""

from __future__ import annotations

import sys
from typing import Any

import click

from tools.bench import aggregates, ingest, ingest_profile, queries
from tools.bench.more import QUERIES
from tools.bench.place import Place
from tools.bench.rows import BATCH, Supply

PARTS = ("queries", "aggregates", "ingest")  # ingest last: it adds rows


def _queries(found: Place, count: int, only: str | None, quiet: bool) -> dict[str, Any]:
    """Run the hot queries."""
    wanted = [hot for hot in QUERIES if not only or only in hot.name]
    facts = queries.measure_all(found, wanted, count)
    with click.progressbar(
        facts, length=len(wanted), label="queries", file=sys.stderr, hidden=quiet
    ) as bar:
        return {"results": list(bar)}


def _aggregates(found: Place, rounds: int, quiet: bool) -> dict[str, Any]:
    """Refresh, and summarise."""
    length = len(aggregates.AGGREGATES)
    with click.progressbar(length=length, label="aggregates", file=sys.stderr, hidden=quiet) as bar:
        return {"results": aggregates.measure(found, rounds, lambda: bar.update(1))}


def _ingest(found: Place, rounds: int, quiet: bool) -> dict[str, Any]:
    """Write rows, then look where the time and the room go."""
    supply = Supply.of(found, 50 * BATCH)
    with click.progressbar(
        length=2 * (rounds + 1) + 2, label="ingest", file=sys.stderr, hidden=quiet
    ) as bar:
        ways = ingest.measure(found, supply, rounds, lambda: bar.update(1))
        triggers = ingest_profile.triggers(found, supply)
        bar.update(1)
        parts = ingest_profile.breakdown(found, supply, rounds, lambda: bar.update(1))
        sizes = ingest_profile.sizes(found)
        bar.update(1)
    return {"ways": ways, "triggers": triggers, "breakdown": parts, "sizes": sizes}


def measure(
    found: Place, part: str, count: int, only: str | None, rounds: int, quiet: bool
) -> dict[str, Any]:
    """Run one part; return what it measured, and under which circumstances."""
    circumstances = found.circumstances()
    if part == "queries":
        measured = _queries(found, count, only, quiet)
    else:
        measured = (_aggregates if part == "aggregates" else _ingest)(found, rounds, quiet)
    return {"circumstances": circumstances, **measured}
