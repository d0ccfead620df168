"""footing refresh: the materialized views, each after those it reads."""

from __future__ import annotations

import time

import click
import psycopg

from ops.commands import QUERIES
from runner import session as sessions
from runner.commands.common import reads
from runner.connection import value
from runner.errors import Exit, RunnerError
from runner.output import Output, count, elapsed
from runner.session import Options
from runner.settings import query

_REFRESH = b"SELECT ops.refresh_materialized_view(%s::pg_catalog.regclass)"


@click.command()
@reads
@click.argument("views", nargs=-1, metavar="[VIEW]...")
def refresh(options: Options, output: Output, views: tuple[str, ...]) -> None:
    """Refresh the materialized views, or those named, each after the ones it reads.

    Readers go on meanwhile (CONCURRENTLY). A view that another session is refreshing is skipped, one that
    fails does not keep the rest from being refreshed, and each is recorded in ops.materialized_views.
    Without a VIEW it also records how big each table is today, for the report growth. Safe to run from a
    timer, at any time; not destructive.

    \b
    Example:
      footing refresh
      footing refresh webtest.mv_project_stats_data

    Exit codes: 0 refreshed or skipped, 2 no such view, 6 a refresh failed, 7 unsafe connection,
    8 no connection.
    """
    done: dict[str, dict[str, str | float]] = {}
    with sessions.working(options, "refresh", output) as connection:
        for view in _chosen(connection, views):
            began = time.monotonic()
            outcome = value(connection, _REFRESH, view)
            seconds = time.monotonic() - began
            done[view] = {"outcome": outcome, "seconds": round(seconds, 3)}
            if outcome == "failed":
                done[view]["error"] = value(connection, query("refresh_failure", QUERIES), view)
            output.line(f"  {view}: {_said(done[view], seconds)}")
        sizes = None if views else _sizes_recorded(connection, output)
    failed = [view for view, facts in done.items() if facts["outcome"] == "failed"]
    if failed:
        text = f"{count(len(failed), 'view')} could not be refreshed: {', '.join(failed)}"
        raise RunnerError(Exit.SQL, "refresh", text, "mend the cause and run this again", views=done)
    output.line(f"{count(len(done), 'materialized view')} in order")
    output.finish(views=done, sizes=sizes)


def _chosen(connection: psycopg.Connection, views: tuple[str, ...]) -> list[str]:
    """Return the names in the order of refresh. Raises RunnerError for a name that is none of them."""
    try:
        known = [name for (name,) in connection.execute(query("materialized_views", QUERIES))]
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedTable):
        text = "this database has no ops.materialized_views yet"
        raise RunnerError.usage(text, "apply the migrations first: footing migrate") from None
    unknown = [view for view in views if view not in known]
    if unknown:
        text = f"no materialized view is called {unknown[0]}"
        raise RunnerError.usage(text, f"there is: {', '.join(known) or 'none'}")
    return [name for name in known if not views or name in views]


def _sizes_recorded(connection: psycopg.Connection, output: Output) -> int | None:
    """Record the day's sizes; not having them is worth a word, and not a failure."""
    try:
        return int(value(connection, b"SELECT ops.record_sizes()"))
    except (psycopg.errors.LockNotAvailable, psycopg.errors.UndefinedFunction) as error:
        output.warn(f"sizes were not recorded: {error.diag.message_primary}")
        return None


def _said(facts: dict[str, str | float], seconds: float) -> str:
    if facts["outcome"] == "refreshed":
        return f"refreshed in {elapsed(seconds)}"
    if facts["outcome"] == "skipped":
        return "skipped: another session is refreshing it, or holds its lock"
    return f"FAILED: {facts['error']}"
