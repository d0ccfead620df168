"""Loads the sample step by step, chunks of each side by side, and goes on after an interruption."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
import psycopg

from tools.sample.database import Database
from tools.sample.steps import Step

_AUDIT = """
    SELECT t.tgrelid::regclass::text, t.tgname
    FROM pg_trigger AS t
    WHERE t.tgname IN ('tg__audit', 'tg__record_change')
        AND t.tgparentid = 0
        AND t.tgrelid = ANY (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)
"""
_TAKE_IDS = """
    SELECT setval(s.name, greatest(l.id, t.id) + %(size)s), greatest(l.id, t.id)
    FROM pg_get_serial_sequence(%(table)s, %(key)s) AS s (name)
    CROSS JOIN LATERAL (
        SELECT coalesce(pg_sequence_last_value(s.name::regclass), 0) AS id
    ) AS l
    CROSS JOIN (SELECT coalesce(max({key}), 0) AS id FROM {table}) AS t
"""
_PAST_MONTHS = """
    INSERT INTO footing_sample.partitions (name)
    SELECT made
    FROM ops.partitioned_logs AS g
    CROSS JOIN footing_sample.load AS l
    CROSS JOIN LATERAL generate_series(
        date_trunc('month', (l.anchor - interval '95 days') AT TIME ZONE 'UTC'),
        l.anchor AT TIME ZONE 'UTC',
        interval '1 month'
    ) AS month
    CROSS JOIN LATERAL ops.create_partition(
        format('%I.%I', g.schema_name, g.table_name)::regclass, month::date
    ) AS made
    WHERE made IS NOT NULL
"""
_GIGABYTE = 1 << 30
_TAKES = 1.6 * _GIGABYTE  # at scale 1
_LOG = 2 * _GIGABYTE  # of write-ahead log; never less


def begin(db: Database, folder: Path, scale: float, until: datetime | None) -> None:
    """Make footing_sample and the partitions of past months, or go on with the load that was begun."""
    if not db.value("SELECT to_regclass('ops.partitioned_logs')"):
        raise click.ClickException("this database is not migrated: run make migrate first")
    if not db.loaded:
        require_room(db, scale)
        with db.lead.transaction():
            db.lead.execute("SET LOCAL search_path = footing_sample, pg_catalog")
            db.lead.execute((folder / "generator.sql").read_bytes())
            db.lead.execute(
                "INSERT INTO footing_sample.load (scale, anchor)"
                " VALUES (%s, coalesce(%s::timestamptz, date_trunc('second', now())))",
                [scale, until],
            )
            db.lead.execute(_PAST_MONTHS)
    if db.value("SELECT removing FROM footing_sample.load"):
        raise click.ClickException("a removal was begun and not finished: make sample/remove goes on")
    begun = db.value("SELECT scale FROM footing_sample.load")
    if begun != scale:
        raise click.ClickException(f"a sample of scale {begun:g} is here: make sample/remove takes it out")


def require_room(db: Database, scale: float) -> None:
    """Raise ClickException where the server's disk is this machine's and has no room for that scale."""
    if db.lead.info.host not in ("localhost", "127.0.0.1", "::1") and not db.lead.info.host.startswith("/"):
        return  # the server sees another disk than we do
    with db.lead.transaction():
        db.lead.execute("SET LOCAL ROLE NONE")  # the owner is not told
        data = db.value("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
    if data is None:
        return
    folders = (Path(str(data)), *Path(str(data)).parents)
    folder = next(folder for folder in folders if os.access(folder, os.R_OK))
    free, needed = shutil.disk_usage(folder).free, int(_LOG + scale * _TAKES)
    if free < needed:
        raise click.ClickException(
            f"scale {scale:g} takes about {needed / _GIGABYTE:.0f} GB, and the server's disk has"
            f" {free / _GIGABYTE:.0f} GB free: make room, or load a smaller scale"
        )


def reserve(db: Database, step: Step, scale: float) -> int:
    """Return the step's size, and take that many ids from its table's sequence, once."""
    known = db.value("SELECT size FROM footing_sample.steps WHERE step = %s", step.name)
    if isinstance(known, int):
        return known
    size = step.size(scale)
    with db.lead.transaction():
        base = 0
        if step.key:  # an INSERT under way may hold ids that are in no row yet
            db.lead.execute(f"LOCK TABLE {step.table} IN SHARE ROW EXCLUSIVE MODE".encode())
            query = _TAKE_IDS.format(table=step.table, key=step.key).encode()
            names = {"table": step.table, "key": step.key, "size": size}
            ((_, base),) = db.lead.execute(query, names).fetchall()
        db.lead.execute("INSERT INTO footing_sample.steps VALUES (%s, %s, %s)", [step.name, size, base])
    return size


@contextmanager
def silent_audit(connection: psycopg.Connection, tables: list[str]) -> Iterator[None]:
    """Run a transaction in which audit trail and change feed are told nothing of these tables."""
    with connection.transaction():
        silenced = connection.execute(_AUDIT, [tables]).fetchall()
        for table, trigger in silenced:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}".encode())
        yield
        for table, trigger in silenced:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}".encode())


def load_chunk(db: Database, step: Step, first: int, last: int) -> int:
    """Load a range of rows in one transaction, with the record that they are there."""
    connection = db.worker()
    with silent_audit(connection, [step.table, *step.audited_too]):
        connection.execute(
            "SELECT set_config('footing_sample.first', %s, true),"
            " set_config('footing_sample.last', %s, true)",
            [str(first), str(last)],
        )
        inserted = connection.execute(step.sql.encode()).rowcount
        connection.execute(
            "INSERT INTO footing_sample.chunks VALUES (%s, %s, %s)", [step.name, first, max(inserted, 0)]
        )
    return last - first + 1


def load_step(db: Database, pool: ThreadPoolExecutor, step: Step, scale: float) -> Iterator[int]:
    """Load what is missing of a step, chunks side by side; yield rows as they are done."""
    size = reserve(db, step, scale)
    done = {
        first
        for (first,) in db.lead.execute(
            "SELECT first_row FROM footing_sample.chunks WHERE step = %s", [step.name]
        )
    }
    todo: set[Future[int]] = set()
    for first, last in step.chunks(size):
        if first in done:
            yield last - first + 1
        else:
            todo.add(pool.submit(load_chunk, db, step, first, last))
    try:
        while todo:
            finished, todo = wait(todo, timeout=0.5, return_when=FIRST_EXCEPTION)
            yield sum(future.result() for future in finished)
    except BaseException:
        for future in todo:
            future.cancel()
        raise


def load_steps(
    db: Database, steps: list[Step], scale: float, jobs: int, quiet: bool
) -> list[tuple[str, int, float]]:
    """Load every step with a bar that moves; return each one's name, rows and seconds."""
    facts = []
    length = sum(step.size(scale) for step in steps)
    with (
        ThreadPoolExecutor(jobs) as pool,
        click.progressbar(
            length=length, file=sys.stderr, hidden=quiet, show_pos=True, item_show_func=lambda text: text
        ) as bar,
    ):
        for step in steps:
            began, rows = time.monotonic(), 0
            try:
                for done in load_step(db, pool, step, scale):
                    rows += done
                    rate = rows / max(time.monotonic() - began, 0.001)
                    bar.update(done, f"{step.name} {rate:,.0f} rows/s")
            except BaseException:
                db.stop()
                raise
            facts.append((step.name, rows, time.monotonic() - began))
    return facts


def tables(db: Database, steps: Iterable[Step]) -> list[str]:
    """Return the tables of Footing that were loaded, for VACUUM."""
    begun = {name for (name,) in db.lead.execute("SELECT step FROM footing_sample.steps")}
    return sorted({step.table for step in steps if step.name in begun and not step.is_scratch})


def is_there(db: Database, table: str) -> bool:
    """Whether the database has that table: it may be migrated to an earlier number only."""
    return db.value("SELECT to_regclass(%s)", table) is not None
