"""Benchmark of the hot queries beside the documents' own tables: `make bench`.

Per query and scale three contestants run the same parameters on the same rows of one server, in turn:
ours under row security as the application's role, ours with an explicit filter and no row security,
and the documents' tables with the documents' indexes (bench_documents.sql). Statements are prepared;
times are the server's own (EXPLAIN ANALYZE without timers), the middle of three; buffers are exact.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import psycopg

from runner.output import Output
from runner.session import Options, resolve
from runner.settings import CHECKOUT, Target
from tools import bench_page
from tools.bench_hot import HOT, PARAMETERS, Hot
from tools.db import environment

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


@contextmanager
def scratch(target: Target, scale: float, quiet: bool) -> Iterator[Target]:
    """Make a database with a sample of that scale, ours and the documents', and drop it at the end."""
    name = f"footing_bench_{os.getpid()}"
    with psycopg.connect(target.conninfo(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            made = Target({**target.params, "dbname": name}, "bench")
            env = {**environment(made), "PGDATABASE": name, "PYTHONPATH": str(CHECKOUT)}
            env.pop("DATABASE_URL", None)
            load = ["tools.sample", "load", "--scale", str(scale), *(["--json"] if quiet else [])]
            for command in (["runner", "migrate"], load):
                subprocess.run(
                    [sys.executable, "-m", *command], env=env, check=True, stdout=subprocess.DEVNULL
                )
            with psycopg.connect(made.conninfo(), autocommit=True) as connection:
                with connection.transaction():
                    connection.execute((Path(__file__).with_name("bench_documents.sql")).read_bytes())
                refresh = connection.execute(
                    "SELECT to_regclass('webtest.mv_project_stats_data')"
                ).fetchone()
                if refresh and refresh[0]:
                    connection.execute("SET ROLE footing_owner")
                    connection.execute(f"REFRESH MATERIALIZED VIEW {refresh[0]}".encode())
                    connection.execute("RESET ROLE")
                connection.execute("VACUUM (ANALYZE)")
            yield made
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@click.command()
@click.option("--scale", "scales", type=float, multiple=True, help="Sizes of the sample (default 0.1, 1).")
@click.option("--count", type=click.IntRange(min=2), default=50, show_default=True, help="Parameters each.")
@click.option("--only", help="Queries whose name contains this.")
@click.option("-d", "--database", metavar="CONNINFO", help="A server to make a scratch database on.")
@click.option("--write", is_flag=True, help="Also write the section of docs/benchmarks.md.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def main(
    scales: tuple[float, ...],
    count: int,
    only: str | None,
    database: str | None,
    write: bool,
    as_json: bool,
) -> None:
    """Measure every hot query under row security, without it, and on the documents' tables.

    \b
    Example:
      python -m tools.bench_queries --scale 0.1 --only dashboard
    """
    output = Output("bench queries", as_json=as_json)
    target = resolve(Options(database), output)
    wanted = [hot for hot in HOT if not only or only in hot.name]
    results: list[Result] = []
    for scale in scales or (0.1, 1.0):
        with (
            scratch(target, scale, as_json) as made,
            psycopg.connect(made.conninfo(), autocommit=True) as admin,
            click.progressbar(wanted, label=f"scale {scale:g}", file=sys.stderr, hidden=as_json) as bar,
        ):
            results += [run(made, hot, scale, parameters(admin, hot, count)) for hot in bar]
    facts = [result.facts() for result in results]
    for scale in dict.fromkeys(result.scale for result in results):
        output.line(f"scale {scale:g}", bold=True)
        header, *rows = bench_page.table([fact for fact in facts if fact["scale"] == scale])
        output.table(tuple(cell.upper() for cell in header), rows)
        output.line()
    if write:
        bench_page.write(facts)
    output.finish(results=facts)


if __name__ == "__main__":
    main()
