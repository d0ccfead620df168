"""Draws docs/dashboard.svg from live results: `make ops/picture`.

A stack of its own (as `make ops/up`, in .footing/picture) is filled with the sample, a follower receives
its WAL, eight programs work, a report keeps a transaction open, and a table is locked for a moment.
Prometheus scrapes each second; then every panel's queries are asked over that time. All of it is removed
again.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import click
import psycopg

from ops.stack.processes import StackError
from ops.stack.state import run
from runner.settings import CHECKOUT, Target
from tools.dashboard.picture import PICTURE, EmptyPanelError, Series, draw, expressions, panels, series
from tools.dashboard.stack import Stack
from tools.downtime.load import Load, a_report, fill

_INTERVAL = "10s"  # of rates, at one scrape a second
_WARM = 20  # seconds, as far back as a recorded rate looks
_LOCK = "LOCK TABLE webtest.test_cases IN ACCESS EXCLUSIVE MODE"


def answers(stack: Stack, began: float, ended: float) -> dict[int, list[Series]]:
    """Return what each panel shows of that time (seconds of the epoch), by its id."""
    found: dict[int, list[Series]] = {}
    for panel in panels():
        lines = []
        for expression, legend in expressions(panel, _INTERVAL).items():
            lines += series(
                legend, stack.ask("query_range", query=expression, start=began, end=ended, step=1)
            )
        found[panel["id"]] = lines
    return found


@contextlib.contextmanager
def _clients(pooled: str, number: int) -> Iterator[None]:
    """Let so many clients of the pooler count their test cases, a hundred times a second each."""
    over = threading.Event()

    def ask() -> None:
        with psycopg.connect(pooled, prepare_threshold=None) as client:
            while not over.wait(0.01):
                with client.transaction():
                    client.execute("SELECT set_config('app.user_id', '1', true)")
                    client.execute("SELECT count(*) FROM test_cases")

    with ThreadPoolExecutor(number) as threads:
        working = [threads.submit(ask) for _ in range(number)]
        try:
            yield
        finally:
            over.set()
    for one in working:
        one.result()


def _work(target: Target, seconds: float) -> float:
    """Let eight programs work; return when what is drawn began (seconds of the epoch).

    They warm up, as long as a rate looks back; a third of the time is theirs alone, a third is shared with
    a report that keeps its transaction open, and in the last a checkpoint comes, and a table is locked.
    """
    load = Load(target, target, 8, 0.02)
    load.start()
    try:
        load.go_on(_WARM)
        began = time.time()
        load.go_on(seconds / 3)
        with a_report(target):
            load.go_on(seconds / 3)
        with psycopg.connect(target.conninfo()) as holder:
            holder.execute("CHECKPOINT")
            holder.execute(_LOCK)
            time.sleep(seconds / 12)  # the trouble itself: who waits must be seen waiting
        load.go_on(seconds / 4)
    finally:
        load.stop()
    return began


def _fill(target: Target, executions: int) -> None:
    """Load the sample, and what the views sum up of it."""
    fill(target, executions)
    environment = {**os.environ, "DATABASE_URL": target.conninfo()}
    run([sys.executable, "-m", "runner", "refresh"], cwd=CHECKOUT, env=environment)


@click.command()
@click.option("--seconds", metavar="N", type=int, default=48, show_default=True,
              help="How much time is drawn.")  # fmt: skip
@click.option("--executions", metavar="N", type=int, default=10_000, show_default=True,
              help="Rows of the big table.")  # fmt: skip
def main(seconds: int, executions: int) -> None:
    """Run the stack under load and draw every panel of the dashboard into docs/dashboard.svg.

    Exit codes: 0 drawn, 1 a panel has no data or a service did not start: the picture stays as it was.
    """
    stack = Stack()
    try:
        target = stack.start()
        click.echo(f"  loading {executions:,} executions", err=True)
        _fill(target, executions)
        click.echo(f"  programs work for {seconds} s", err=True)
        with _clients(stack.pooled(), 4):
            began = _work(target, seconds)
        caption = (
            f"Eight programs, and four through the pooler, on {executions:,} executions for {seconds} s;"
            " scraped each second, so rates are of 10 and 20 s instead of minutes. Written by make"
            " ops/picture."
        )
        drawn = draw(panels(), answers(stack, began, time.time()), caption)
    except (StackError, EmptyPanelError, psycopg.Error, OSError) as error:
        raise click.ClickException(str(error)) from None
    finally:
        stack.stop()
    PICTURE.write_text(drawn, encoding="utf-8")
    click.echo(f"wrote {PICTURE.relative_to(CHECKOUT)}")


if __name__ == "__main__":
    main()
