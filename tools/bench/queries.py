"""Benchmark of the hot queries beside the documents' own tables: a part of `make bench`.

Per query and scale three contestants run the same parameters on the same rows of one server, in turn:
ours under row security as the application's role, ours with an explicit filter and no row security,
and the documents' tables with the documents' indexes (documents.sql). Statements are prepared;
times are the server's own (EXPLAIN ANALYZE without timers), the middle of three; buffers are exact.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from runner.settings import Target
from tools.bench.hot import Hot
from tools.bench.more import PARAMETERS
from tools.bench.place import Place

CONTESTANTS = ("row security", "explicit filter", "documents")
_PLAIN = "SET ROLE footing_owner"  # whom no policy binds


@dataclass
class Runs:
    """What one contestant's runs of one query gave."""

    milliseconds: list[float] = field(default_factory=list)
    buffers: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    indexes: set[str] = field(default_factory=set)

    def facts(self) -> dict[str, Any]:
        """Return median, p95 and max."""
        times, buffers = sorted(self.milliseconds), sorted(self.buffers)
        last = len(times) - 1
        return {
            "median_ms": round(statistics.median(times), 3),
            "p95_ms": round(times[round(last * 0.95)], 3),
            "max_ms": round(times[-1], 3),
            "median_buffers": int(statistics.median(buffers)),
            "max_buffers": buffers[-1],
            "median_rows": int(statistics.median(self.rows)),
            "indexes": sorted(self.indexes),
        }


@dataclass
class Result:
    """One query at one scale."""

    query: str
    scale: float
    runs: dict[str, Runs] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Return what --json prints and the page shows."""
        told = {name: runs.facts() for name, runs in self.runs.items()}
        return {"query": self.query, "scale": self.scale, "contestants": told}


def parameters(admin: psycopg.Connection, hot: Hot, count: int) -> list[tuple[Any, ...]]:
    """Return the values of each run: half drawn by rows, so the popular ones, and half by key.

    To each comes a person: every other time one who sees everything, else one of the project's people.
    """
    drawn = admin.execute(PARAMETERS[hot.parameter].encode(), {"count": count}).fetchall()
    return drawn[:count]


@contextmanager
def contestant(target: Target, name: str, hot: Hot) -> Iterator[psycopg.Connection]:
    """Open a connection that has the query prepared in the contestant's way."""
    with psycopg.connect(target.conninfo(), autocommit=True) as connection:
        text = {
            "row security": hot.ours,
            "explicit filter": hot.filtered or hot.ours,
            "documents": hot.theirs or "",
        }[name]
        if name == "documents":
            connection.execute(f"SET search_path = {hot.document}")
        elif name == "explicit filter":
            connection.execute(_PLAIN)
            connection.execute(f"SET search_path = {hot.schema}, core")
        else:
            connection.execute("SET ROLE authenticated_users")
            connection.execute(f"SET search_path = {hot.schema}, core")
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.execute("SET random_page_cost = 1.1")  # as the embedded server has it
        types = ", ".join(["bigint", *hot.types])
        connection.execute(f"PREPARE hot ({types}) AS {text}".encode())
        yield connection


def measure(connection: psycopg.Connection, values: tuple[Any, ...]) -> tuple[float, int, int, set[str]]:
    """Run a prepared query three times; return its middle time, and the last one's buffers and rows."""
    person = int(values[0])
    connection.execute("SELECT set_config('app.user_id', %s, false)", [str(person)])
    arguments = ", ".join(_literal(value) for value in values)
    times, plan = [], {}
    for _ in range(3):
        query = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE hot({arguments})"
        ((tree,),) = connection.execute(query.encode()).fetchall()
        times.append(tree[0]["Execution Time"])
        plan = tree[0]["Plan"]
    indexes = {node["Index Name"] for node in plan_nodes(plan) if "Index Name" in node}
    return (
        sorted(times)[1],
        plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        int(plan["Actual Rows"]),
        indexes,
    )


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def plan_nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a node of a plan (EXPLAIN's JSON) and all those below it."""
    yield node
    for child in node.get("Plans", ()):
        yield from plan_nodes(child)


def run(target: Target, hot: Hot, scale: float, values: list[tuple[Any, ...]]) -> Result:
    """Run one query's parameters with each contestant, one after the other for each parameter."""
    result = Result(hot.name, scale)
    names = [name for name in CONTESTANTS if name != "documents" or hot.theirs]
    with (
        contestant(target, names[0], hot) as first,
        contestant(target, names[1], hot) as second,
        contestant(target, names[-1], hot) as third,
    ):
        open_ = dict(zip(names, (first, second, third), strict=False))
        for connection in open_.values():
            measure(connection, values[0])  # fills caches: whoever comes first would pay for all
        for value in values:
            for name, connection in open_.items():
                runs = result.runs.setdefault(name, Runs())
                took, buffers, rows, indexes = measure(connection, value)
                runs.milliseconds.append(took)
                runs.buffers.append(buffers)
                runs.rows.append(rows)
                runs.indexes |= indexes
    return result


def measure_all(place: Place, queries: list[Hot], count: int) -> Iterator[dict[str, Any]]:
    """Run every query with `count` parameters; yield the facts of each."""
    with place.connect() as admin:
        for hot in queries:
            yield run(place.target, hot, place.scale, parameters(admin, hot, count)).facts()
