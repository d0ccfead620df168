"""Benchmark of maintenance under load: how long anybody waits while a million rows leave."""

from __future__ import annotations

import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import click
import psycopg

from runner.output import Output
from runner.session import Options, resolve
from tools.bench.record import put
from tools.scratch import scratch

CLIENTS = 8
PROJECTS = 20
_PAGE = """\
## Maintenance

Written by `make bench/maintenance ARGS=--write`: `footing maintain` in a database of its own while
{clients} connections, as a person of the product under row security, run 000's dashboard, history and
failures and write executions, one transaction each. *longest* is the longest of all transactions.

| | statements/s | median ms | p99 ms | longest ms |
|---|---|---|---|---|
| load alone | {before} |
| while {rows:,} executions expire ({seconds:.0f} s, batches of 5000) | {during} |

A month of {month:,} audit entries, under the same load: detached and dropped in {drop:.0f} ms; the longest
statement meanwhile {drop_longest:.0f} ms.

Autovacuum: of {half:,} executions a fifth went to running and to done, 2 dead rows each; vacuumed each
time the scale factor would have begun it (20 % is the default, 2 % what set_autovacuum gives the table);
then the running list of a project (000 §2.6) read once, from its partial index, before the next vacuum:

| vacuumed when | dead rows at most | partial index | buffers read by the running list |
|---|---|---|---|
{vacuum}
"""
_LOAD = (
    """SELECT e.id, e.result, e.execution_time, c.title FROM webtest.test_executions AS e
       JOIN webtest.test_cases AS c ON c.id = e.test_id
       WHERE e.project_id = %(project)s AND e.created_at >= now() - interval '7 days'
       ORDER BY e.created_at DESC LIMIT 50""",
    """SELECT result, execution_time FROM webtest.test_executions WHERE test_id = %(case)s
       ORDER BY created_at DESC LIMIT 20""",
    """SELECT id, error_message FROM webtest.test_executions
       WHERE project_id = %(project)s AND result IN ('fail', 'error') ORDER BY created_at DESC LIMIT 50""",
    """INSERT INTO webtest.test_executions (execution_id, test_id, project_id, result, started_at)
       VALUES (%(name)s, %(case)s, %(project)s, 'running', now())""",
)
_FILL = """
INSERT INTO core.users (username, email, password_hash) VALUES ('ada', 'ada@example.com', 'h');
INSERT INTO core.projects (name, owner_id)
SELECT 'P' || n, u.id FROM core.users AS u, generate_series(1, {projects}) AS n;
INSERT INTO webtest.test_cases (project_id, title, description, test_type, created_by)
SELECT p.id, 'T' || n, 'd', 'e2e', p.owner_id
  FROM core.projects AS p, generate_series(1, 50) AS n;
"""
_EXECUTIONS = """
INSERT INTO webtest.test_executions
    (execution_id, test_id, project_id, user_id, result, execution_time, started_at, completed_at,
     created_at)
SELECT '{name}' || n, c.id, c.project_id, 1, CASE WHEN n % 10 = 0 THEN 'fail' ELSE 'pass' END, 1.5,
       t.at, t.at, t.at
  FROM generate_series(1, {rows}) AS n
  JOIN (SELECT id, project_id, row_number() OVER (ORDER BY id) AS at FROM webtest.test_cases) AS c
    ON c.at = 1 + n % (50 * {projects})
 CROSS JOIN LATERAL (SELECT now() - interval '{age}' - n * interval '1 second' AS at) AS t"""


class Load:
    """Eight connections that work until told to stop, and how long each of their transactions took."""

    def __init__(self, url: str, ids: list[tuple[int, int]]):
        self.url, self.ids = url, ids
        self.took: list[float] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(CLIENTS)]

    def _work(self, number: int) -> None:
        chosen = random.Random(number)  # noqa: S311 (the same load every time)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SET ROLE authenticated_users")
            while not self._stop.is_set():
                case, project = chosen.choice(self.ids)
                values = {
                    "case": case,
                    "project": project,
                    "name": f"L{number}-{time.monotonic_ns()}"[-30:],
                }
                began = time.perf_counter()
                with connection.transaction():
                    connection.execute("SELECT set_config('app.user_id', '1', true)")
                    connection.execute(chosen.choice(_LOAD).encode(), values)
                self.took.append(time.perf_counter() - began)

    def during(self, task: Callable[[], None]) -> tuple[float, list[float]]:
        """Run the load while `task` does; return how long that took and the milliseconds of the load."""
        for thread in self._threads:
            thread.start()
        time.sleep(2)  # a warm cache, prepared plans
        first, began = len(self.took), time.perf_counter()
        task()
        seconds = time.perf_counter() - began
        last = len(self.took)
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return seconds, sorted(1000 * took for took in self.took[first:last])


def _row(seconds: float, took: list[float]) -> str:
    p99 = took[int(len(took) * 0.99)]
    return f"{len(took) / seconds:.0f} | {statistics.median(took):.1f} | {p99:.1f} | {took[-1]:.0f}"


def _vacuum(admin: psycopg.Connection, rows: int, share: float) -> str:
    """Let so large a share of the table go through its states, vacuumed where autovacuum would have."""
    admin.execute("TRUNCATE webtest.test_executions")
    admin.execute(_EXECUTIONS.format(name="V", rows=rows, projects=PROJECTS, age="1 hour").encode())
    admin.execute("VACUUM ANALYZE webtest.test_executions")
    step = int(rows * share) // 2  # two dead rows for each execution
    for done in range(0, int(rows * 0.2), step):
        chosen = (
            f"WHERE id IN (SELECT id FROM webtest.test_executions ORDER BY id LIMIT {step} OFFSET {done})"
        )
        admin.execute(
            f"UPDATE webtest.test_executions SET result = 'running', completed_at = NULL {chosen}".encode()
        )
        admin.execute(
            b"UPDATE webtest.test_executions SET result = 'pass', completed_at = started_at"
            b" WHERE result = 'running'"
        )
        if done + step < int(rows * 0.2):
            admin.execute("VACUUM webtest.test_executions")
    size = admin.execute(
        "SELECT pg_size_pretty(pg_relation_size("
        "'webtest.idx_test_executions_project_id_started_at_running'))"
    ).fetchone()
    explained = admin.execute(
        "EXPLAIN (ANALYZE, BUFFERS) SELECT id FROM webtest.test_executions WHERE project_id = 1"
        " AND result IN ('running', 'pending') ORDER BY started_at DESC LIMIT 50"
    ).fetchall()
    hits = re.search(r"Buffers: shared ([^\n]*)", "\n".join(line for (line,) in explained))
    read = sum(int(n) for n in re.findall(r"(?:hit|read)=(\d+)", hits[1])) if hits else 0
    return f"| {share:.0%} | {step * 2:,} | {size[0] if size else ''} | {read:,} |"


@click.command()
@click.option("--rows", default=1_000_000, show_default=True, help="How many executions expire.")
@click.option("--write", is_flag=True, help="Write the section of docs/benchmarks.md.")
def main(rows: int, write: bool) -> None:
    """Measure what users notice of maintenance, in a database of its own that is dropped afterwards.

    \b
    Example:
      python -m tools.bench.maintenance --rows 100000
    """
    with scratch(resolve(Options(), Output("bench", as_json=False)), "bench") as databases:
        text = _measured(databases.create("maintenance").conninfo(), rows)
    click.echo(text)
    if write:
        put("maintenance", text)


def _measured(url: str, rows: int) -> str:
    def footing(*words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "runner", *words, "-d", url], check=True, stdout=subprocess.DEVNULL
        )

    footing("migrate")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(_FILL.format(projects=PROJECTS).encode())
        for kind, age, number in (("N", "1 hour", rows // 4), ("O", "400 days", rows)):
            filling = _EXECUTIONS.format(name=kind, rows=number, projects=PROJECTS, age=age)
            admin.execute(filling.encode())
        admin.execute("SET ROLE footing_owner")
        admin.execute("SELECT ops.create_partition('core.audit_logs', '2020-02-01')")
        admin.execute("RESET ROLE")
        admin.execute(
            "INSERT INTO core.audit_logs (user_id, action, resource, resource_id, created_at)"
            " SELECT 1, 'update', 'webtest.test_cases', n::text,"
            " '2020-02-01'::timestamptz + n * interval '1 s'"
            f" FROM generate_series(1, {rows // 2}) AS n".encode()
        )
        admin.execute("VACUUM ANALYZE")
        ids = [
            (case, project)
            for case, project in admin.execute("SELECT id, project_id FROM webtest.test_cases")
        ]
        before = Load(url, ids).during(lambda: time.sleep(10))
        during = Load(url, ids).during(lambda: footing("maintain", "--only", "delete"))
        _, drop_load = Load(url, ids).during(
            lambda: footing("maintain", "--only", "detach", "--only", "drop")
        )
        dropped = admin.execute(
            "SELECT 1000 * extract(epoch FROM finished_at - started_at)::float8 FROM ops.maintenance_runs"
            " ORDER BY run_id DESC LIMIT 1"
        ).fetchone()
        half = rows // 5
        vacuum = "\n".join(_vacuum(admin, half, share) for share in (0.2, 0.02))
    return _PAGE.format(
        clients=CLIENTS, before=_row(*before), during=_row(*during), rows=rows, seconds=during[0],
        month=rows // 2, drop=dropped[0] if dropped else 0, drop_longest=drop_load[-1], half=half,
        vacuum=vacuum,
    )  # fmt: skip


if __name__ == "__main__":
    main()
