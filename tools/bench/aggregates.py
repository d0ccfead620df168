"""Benchmark of figures over everything: refreshes of materialized views, summaries of all projects.

Ours and the documents' take turns. A refresh of ours is CONCURRENTLY, as `footing refresh` does it; the
documents' can't be, for want of a unique index, and its figures are those of a join that multiplies.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors

from tools.bench.place import Place
from tools.bench.rows import OURS, THEIRS

PATIENCE = 60  # seconds; what takes the documents' longer is not waited for
LONG = 5000  # milliseconds; what takes longer is asked for once


@dataclass(frozen=True)
class Aggregate:
    """One of them: how ours is asked for, and how theirs."""

    name: str
    ours: str
    theirs: str = ""
    role: str = "authenticated_users"
    path: str = "document_001"
    bars: tuple[tuple[float, float], ...] = ()  # at which scale, at most so many ms


def _summary(view: str, name: str, *bars: tuple[float, float]) -> Aggregate:
    return Aggregate(name, f"SELECT * FROM atmosfera.{view}", f"SELECT * FROM {view}", bars=bars)


AGGREGATES = (
    Aggregate(
        "refresh of mv_project_stats",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY webtest.mv_project_stats_data",
        "REFRESH MATERIALIZED VIEW mv_project_stats",
        role="footing_owner",
        path="document_000",
        bars=((1, 250), (10, 3000)),
    ),
    Aggregate(
        "refresh of project_stats (apex)",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY apex.project_stats_data",
        role="footing_owner",
    ),
    Aggregate(
        "refresh of project_coverage (atmosfera)",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY atmosfera.project_coverage_data",
        role="footing_owner",
    ),
    _summary("test_coverage_summary", "coverage of all projects", (1, 30)),
    Aggregate(
        "coverage of all projects, as last refreshed",
        "SELECT * FROM atmosfera.project_coverage",
        bars=((1, 30),),
    ),
    _summary("maturity_progress", "maturity of all projects"),
    Aggregate(
        "maturity of all projects now",
        "SELECT * FROM atmosfera.current_maturity",
        "SELECT * FROM maturity_progress WHERE latest_rank = 1",
    ),
    _summary("test_execution_summary", "execution summary of all cycles"),
)


def measure(place: Place, rounds: int, progress: Callable[[], None]) -> dict[str, Any]:
    """Ask for each in turn, so many times, as somebody who sees every project; return median milliseconds.

    None stands for what did not end within PATIENCE.
    """
    found: dict[str, Any] = {}
    with place.connect() as admin:
        ((person,),) = admin.execute(
            "SELECT base + 2 FROM footing_sample.steps WHERE step = 'core.users'"
        ).fetchall()
    for aggregate in AGGREGATES:
        with place.connect(aggregate.role) as ours, place.connect(None, aggregate.path) as theirs:
            ours.execute("SELECT set_config('app.user_id', %s, false)", [str(person)])
            theirs.execute(f"SET statement_timeout = '{PATIENCE}s'".encode())
            theirs.execute("SET temp_file_limit = '8GB'")
            asked = {OURS: (ours, aggregate.ours), THEIRS: (theirs, aggregate.theirs)}
            found[aggregate.name] = _in_turn({k: v for k, v in asked.items() if v[1]}, rounds)
        progress()
    return found


def _in_turn(asked: dict[str, tuple[psycopg.Connection, str]], rounds: int) -> dict[str, float | None]:
    """Return each one's median; the first round fills caches, and counts only where it was long."""
    took: dict[str, list[float]] = {}
    done: dict[str, float | None] = {}
    for number in range(rounds + 1):
        for name, (connection, text) in asked.items():
            if name not in done:
                milliseconds = _timed(connection, text)
                if milliseconds is None or milliseconds > LONG:
                    done[name] = milliseconds
                elif number:
                    took.setdefault(name, []).append(milliseconds)
    return {**{name: round(statistics.median(times), 1) for name, times in took.items()}, **done}


def _timed(connection: psycopg.Connection, text: str) -> float | None:
    began = time.perf_counter()
    try:
        connection.execute(text.encode())
    except (errors.QueryCanceled, errors.DiskFull, errors.ConfigurationLimitExceeded):
        return None
    return (time.perf_counter() - began) * 1000
