"""Benchmark of the runner against psql, a bare psycopg script and plain yoyo: `make bench/runner`.

Every contestant does the same files on the same server in the same run, in turn, so that a noisy
machine is noisy for all of them; what counts is the ratio of medians.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import click

from runner.output import Output
from runner.session import Options, resolve
from runner.settings import CHECKOUT
from tools import embedded
from tools.bench.record import markdown, put
from tools.db import environment
from tools.scratch import scratch

SIZES = (10, 50, 200)
TASKS = ("apply", "no-op", "status", "rollback")
# The bars of the requirement: task, other contestant, our median at most so many times theirs.
BARS = (
    ("no-op", "bare script", 1.2),
    ("status", "bare script", 1.2),
    ("apply", "bare script", 1.2),
    ("rollback", "bare script", 1.2),
    ("apply", "plain yoyo", 0.6),
    ("rollback", "plain yoyo", 0.3),
)
MEMORY_BAR = 60
_PAGE = """\
## The runner

Written by `make bench/runner ARGS=--write`, which repeats it: medians of {rounds} rounds (no-op and status
three times as many) on one server, contestants taking turns. Each migration makes a table with two foreign
keys and three indexes. *bare script* imports psycopg, connects and sends each file with its record in one
transaction (tools/bench/bare.py); its no-op stands for its status too. *psql* is one process with a
transaction a file.
What counts is the ratio within a run; milliseconds are this machine's.

{times}

At the largest size, against the bars:

{bars}

{growth}.
"""
_UP = """\
-- {id}
--
-- What:     a table with two references and three indexes, like ours.
{first}CREATE TABLE bench.t{n} (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    root_id    bigint NOT NULL REFERENCES bench.root (id),
    before_id  bigint NOT NULL REFERENCES bench.{before} (id),
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_t{n}_root_id ON bench.t{n} (root_id);
CREATE INDEX idx_t{n}_before_id ON bench.t{n} (before_id);
CREATE INDEX idx_t{n}_name ON bench.t{n} (name);
"""
_FIRST = "CREATE SCHEMA bench;\nCREATE TABLE bench.root (id bigint PRIMARY KEY);\n"
_DOWN = "-- Reverses {id}.\n--\n-- Loses:    table bench.t{n}\nDROP TABLE bench.t{n};\n{last}"


@dataclass
class Contestant:
    """One runner: the command of each task, and what was measured."""

    name: str
    commands: dict[str, list[str]]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    megabytes: float = 0.0

    def run(self, task: str, env: dict[str, str]) -> None:
        """Run one task in a process of its own; note its time and its peak memory."""
        if task not in self.commands:
            return
        began = time.perf_counter()
        process = subprocess.Popen(
            self.commands[task], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        _, complaint = process.communicate()
        self.seconds.setdefault(task, []).append(time.perf_counter() - began)
        if process.returncode:
            raise click.ClickException(f"{self.name} {task} failed: {complaint.strip()[-500:]}")

    def median(self, task: str) -> float | None:
        """Return the median of a task in milliseconds."""
        return statistics.median(self.seconds[task]) * 1000 if task in self.seconds else None


def write_migrations(root: Path, number: int) -> Path:
    """Write `number` generated migrations with rollbacks under root; return their folder."""
    folder = root / "migrations"
    folder.mkdir(parents=True)
    for n in range(1, number + 1):
        identity = f"{n:04}_create_t{n}"
        first = n == 1
        up = _UP.format(
            id=identity, n=n, before="root" if first else f"t{n - 1}", first=_FIRST if first else ""
        )
        last = "DROP TABLE bench.root;\nDROP SCHEMA bench;\n" if first else ""
        (folder / f"{identity}.sql").write_text(up)
        (folder / f"{identity}.rollback.sql").write_text(_DOWN.format(id=identity, n=n, last=last))
    return folder


def contestants(folder: Path, database: str) -> list[Contestant]:
    """Return ours and the three others, as commands on the same folder."""
    python = sys.executable
    ours = [python, "-m", "runner"]
    psql = shutil.which("psql") or embedded.program("psql") or "psql"
    yoyo = [python, "-m", "yoyo"]
    url = ["--batch", "--no-config-file", "-d", f"postgresql+psycopg:///{database}", str(folder)]
    bare = [python, str(Path(__file__).with_name("bare.py"))]
    ups = sorted(path for path in folder.glob("*.sql") if not path.name.endswith(".rollback.sql"))
    downs = [path.with_suffix(".rollback.sql") for path in reversed(ups)]
    return [
        Contestant(
            "footing",
            {
                "apply": [*ours, "migrate"],
                "no-op": [*ours, "migrate"],
                "status": [*ours, "status"],
                "rollback": [*ours, "rollback", "--all", "--yes", "--confirm-all", database],
            },
        ),
        Contestant(
            "bare script",
            {
                "apply": [*bare, "apply", str(folder)],
                "no-op": [*bare, "apply", str(folder)],
                "status": [*bare, "apply", str(folder)],
                "rollback": [*bare, "rollback", str(folder)],
            },
        ),
        Contestant("psql", {"apply": _psql(psql, ups), "rollback": _psql(psql, downs)}),
        Contestant(
            "plain yoyo",
            {
                "apply": [*yoyo, "apply", *url],
                "no-op": [*yoyo, "apply", *url],
                "status": [*yoyo, "list", *url],
                "rollback": [*yoyo, "rollback", "--all", *url],
            },
        ),
    ]


def measure(
    root: Path, env: dict[str, str], size: int, rounds: int, progress: Callable[[], None]
) -> list[Contestant]:
    """Run every task of every contestant `rounds` times; contestants take turns within a round."""
    field_ = contestants(write_migrations(root, size), env["PGDATABASE"])
    for _ in range(rounds):
        for contestant in field_:
            for task in TASKS:
                for _ in range(3 if task in ("no-op", "status") else 1):
                    contestant.run(task, env)
            progress()
    for contestant in field_:
        contestant.megabytes = _peak(contestant.commands["apply"], contestant.commands["rollback"], env)
    return field_


def _peak(command: list[str], undo: list[str], env: dict[str, str]) -> float:
    """Return the peak memory of a command in MB, measured from a process that has no other child."""
    code = (
        "import resource, subprocess, sys, json; c = json.loads(sys.argv[1]);"
        "subprocess.run(c, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    arguments = [sys.executable, "-c", code, json.dumps(command)]
    done = subprocess.run(arguments, env=env, check=True, capture_output=True, text=True)
    subprocess.run(undo, env=env, check=True, capture_output=True)
    return int(done.stdout) / 1024


def _psql(program: str, paths: list[Path]) -> list[str]:
    """Return one psql process that sends each file in a transaction of its own."""
    each = [part for path in paths for part in ("-c", "BEGIN", "-f", str(path), "-c", "COMMIT")]
    return [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", *each]


def verdicts(results: dict[int, list[Contestant]]) -> list[dict[str, object]]:
    """Compare our medians with the bars, at the largest size measured."""
    found = []
    field_ = {contestant.name: contestant for contestant in results[max(results)]}
    for task, other, bar in BARS:
        ours, theirs = field_["footing"].median(task), field_[other].median(task)
        if ours and theirs:
            ratio = ours / theirs
            found.append(
                {"task": task, "against": other, "ratio": round(ratio, 2), "bar": bar, "met": ratio <= bar}
            )
    peak = field_["footing"].megabytes
    found.append(
        {
            "task": "peak memory",
            "against": "MB",
            "ratio": round(peak),
            "bar": MEMORY_BAR,
            "met": peak <= MEMORY_BAR,
        }
    )
    return found


def _linear(results: dict[int, list[Contestant]]) -> str:
    """Say what one more migration costs between the sizes measured."""
    points = [(size, field_[0].median("apply") or 0) for size, field_ in sorted(results.items())]
    costs = [
        f"{(after - before) / (more - fewer):.2f} ms each from {fewer} to {more}"
        for (fewer, before), (more, after) in pairwise(points)
    ]
    return "footing's apply: " + "; ".join(costs) if costs else ""


@click.command()
@click.option(
    "--size", "sizes", type=int, multiple=True, help="Number of migrations (default 10, 50, 200)."
)
@click.option("--rounds", type=int, default=5, show_default=True, help="Rounds; medians are over these.")
@click.option("-d", "--database", metavar="CONNINFO", help="A server to make a scratch database on.")
@click.option("--write", is_flag=True, help="Also write docs/benchmarks.md.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def main(sizes: tuple[int, ...], rounds: int, database: str | None, write: bool, as_json: bool) -> None:
    """Measure apply, no-op, status, rollback and memory against psql, a bare script and plain yoyo.

    \b
    Example:
      python -m tools.bench.runner --size 50 --rounds 3
    """
    output = Output("bench runner", as_json=as_json)
    target = resolve(Options(database), output)
    results: dict[int, list[Contestant]] = {}
    with scratch(target, "bench") as databases:
        for size in sizes or SIZES:
            made = databases.create(f"files_{size}")
            with tempfile.TemporaryDirectory(prefix="footing-bench-") as folder:
                env = {**environment(made), "FOOTING_SQL": folder, "PYTHONPATH": str(CHECKOUT)}
                env.pop("DATABASE_URL", None)
                subprocess.run(
                    [sys.executable, "-m", "runner", "bootstrap"], env=env, check=True, capture_output=True
                )
                label = f"{size} migrations"
                with click.progressbar(
                    length=rounds * 4, label=label, file=sys.stderr, hidden=as_json
                ) as bar:
                    results[size] = measure(Path(folder), env, size, rounds, lambda: bar.update(1))
    _report(results, output)
    if write:
        put("the runner", page(results, rounds))


def _times(results: dict[int, list[Contestant]]) -> list[tuple[str, ...]]:
    """Return the table of medians, its header first."""
    rows: list[tuple[str, ...]] = [("files", "runner", *(f"{task} ms" for task in TASKS), "peak MB")]
    for size, field_ in results.items():
        for contestant in field_:
            medians = (contestant.median(task) for task in TASKS)
            shown = ("-" if value is None else f"{value:.0f}" for value in medians)
            rows.append((str(size), contestant.name, *shown, f"{contestant.megabytes:.0f}"))
    return rows


def _bars(results: dict[int, list[Contestant]]) -> list[tuple[str, ...]]:
    """Return the table of ratios and bars, its header first."""
    rows: list[tuple[str, ...]] = [("task", "against", "ratio", "bar", "met")]
    for v in verdicts(results):
        rows.append(
            (str(v["task"]), str(v["against"]), str(v["ratio"]), str(v["bar"]), "yes" if v["met"] else "NO")
        )
    return rows


def page(results: dict[int, list[Contestant]], rounds: int) -> str:
    """Return the runner's section of docs/benchmarks.md: what was measured, and how to measure it again."""
    return _PAGE.format(
        rounds=rounds,
        times=markdown(_times(results)),
        bars=markdown(_bars(results)),
        growth=_linear(results),
    )


def _report(results: dict[int, list[Contestant]], output: Output) -> None:
    for header, *rows in (_times(results), _bars(results)):
        output.table(tuple(cell.upper() for cell in header), rows)
        output.line()
    output.line(_linear(results))
    output.finish(
        results={
            size: [
                {"runner": c.name, "megabytes": c.megabytes, **{t: c.median(t) for t in TASKS}}
                for c in field_
            ]
            for size, field_ in results.items()
        },
        verdicts=verdicts(results),
    )


if __name__ == "__main__":
    main()
