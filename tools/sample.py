"""Loads and removes the sample rows of sql/samples/: `make sample SCALE=0.1`, `make sample/remove`."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import click
import psycopg

from runner.output import Output, count, elapsed
from runner.session import Options, resolve
from runner.settings import Target
from tools.sample_steps import Step, read

_ONE_AT_A_TIME = "SELECT pg_try_advisory_lock(hashtextextended('footing sample', 0))"
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


class Database:
    """The connections of one load or removal: one that leads, and one for each worker."""

    def __init__(self, target: Target):
        """Open the leading connection and make sure that it is alone."""
        self._target = target
        self._local = threading.local()
        self._all: list[psycopg.Connection] = []
        self.lead = self.connect()
        if not self.value(_ONE_AT_A_TIME):
            raise click.ClickException("another load or removal is under way in this database")

    def connect(self) -> psycopg.Connection:
        """Open a connection that works as the owner of every table."""
        connection = psycopg.connect(
            self._target.conninfo(application_name="footing sample"), autocommit=True
        )
        self._all.append(connection)
        connection.execute("SET ROLE footing_owner")
        connection.execute("SET search_path = pg_catalog")
        connection.execute("SET lock_timeout = '10s'")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET statement_timeout = 0")
        return connection

    def worker(self) -> psycopg.Connection:
        """Return the calling thread's connection."""
        if not hasattr(self._local, "connection"):
            self._local.connection = self.connect()
        connection: psycopg.Connection = self._local.connection
        return connection

    def value(self, query: str, *arguments: object) -> object:
        """Return the first column of the first row, or None."""
        row = self.lead.execute(query.encode(), arguments or None).fetchone()
        return row[0] if row else None

    def stop(self) -> None:
        """Cancel what any of them is doing; its transaction is rolled back."""
        for connection in self._all:
            with suppress(psycopg.Error):
                connection.cancel()

    def close(self) -> None:
        """Close all of them."""
        for connection in self._all:
            connection.close()

    @property
    def loaded(self) -> bool:
        """Whether a load was begun."""
        return self.value("SELECT to_regnamespace('footing_sample')") is not None


@contextmanager
def opened(database: str | None, output: Output) -> Iterator[Database]:
    """Open the database; Ctrl-C ends the work at once, loses nothing that was done, and exits 130."""
    try:
        found = Database(resolve(Options(database), output))
    except psycopg.Error as error:
        raise click.ClickException(f"{error}") from None
    try:
        yield found
    except KeyboardInterrupt:
        found.stop()
        output.aside("\nstopped; what was done is kept: the same command goes on from here")
        sys.exit(130)
    except psycopg.Error as error:
        hint = error.diag.message_hint
        raise click.ClickException(f"{error}" + (f"\nHINT: {hint}" if hint else "")) from error
    finally:
        found.close()


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


def begin(db: Database, folder: Path, scale: float, until: datetime | None) -> None:
    """Make footing_sample and the partitions of past months, or go on with the load that was begun."""
    if not db.value("SELECT to_regclass('ops.partitioned_logs')"):
        raise click.ClickException("this database is not migrated: run make migrate first")
    if not db.loaded:
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


def tables(db: Database, steps: Iterable[Step]) -> list[str]:
    """Return the tables of Footing that were loaded, for VACUUM."""
    begun = {name for (name,) in db.lead.execute("SELECT step FROM footing_sample.steps")}
    return sorted({step.table for step in steps if step.name in begun and not step.is_scratch})


@click.group()
def main() -> None:
    """Fill a database with sample rows, and take them out again."""


@main.command()
@click.option("--scale", type=click.FloatRange(0.001, 10), default=0.01, show_default=True,
              help="1 is a million executions; 0.001 to 10.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="Connections.")
@click.option("--until", type=click.DateTime(), help="When the ninety days of rows end (UTC; default now).")
@click.option("-d", "--database", metavar="CONNINFO", help="libpq URI or keyword string.")
@click.option("--source", type=click.Path(path_type=Path, exists=True), help="The folder of samples.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def load(
    scale: float,
    jobs: int,
    until: datetime | None,
    database: str | None,
    source: Path | None,
    as_json: bool,
) -> None:
    """Load sample rows of every product; an interrupted load goes on where it was.

    The rows are the same each time. Every constraint and trigger is at work, but for the audit trail,
    which would otherwise record the loading.

    \b
    Example:
      python -m tools.sample load --scale 0.1

    Exit codes: 0 loaded, 1 not, 130 stopped by Ctrl-C.
    """
    output = Output("sample load", as_json=as_json)
    folder = source or Options().root / "samples"
    steps = read(folder)
    moment = until.astimezone() if until and until.tzinfo else until
    with opened(database, output) as db:
        begin(db, folder, scale, moment)
        steps = [step for step in steps if step.is_scratch or _is_there(db, step.table)]
        began = time.monotonic()
        facts = _load_steps(db, steps, scale, jobs, as_json)
        _vacuum(db, tables(db, steps))
        db.lead.execute("UPDATE footing_sample.load SET finished_at = coalesce(finished_at, now())")
        took = time.monotonic() - began
        total = db.value("SELECT sum(inserted)::bigint FROM footing_sample.chunks")
        output.table(("STEP", "ROWS", "TIME"), [(s, f"{n:,}", elapsed(t)) for s, n, t in facts])
        output.line(f"the sample of scale {scale:g} is loaded: {total:,} rows, {elapsed(took)}")
        steps_done = [{"step": s, "rows": n, "seconds": round(t, 2)} for s, n, t in facts]
        output.finish(scale=scale, rows=total, seconds=round(took, 1), steps=steps_done)


def _load_steps(
    db: Database, steps: list[Step], scale: float, jobs: int, quiet: bool
) -> list[tuple[str, int, float]]:
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


def _is_there(db: Database, table: str) -> bool:
    """Whether the database has that table: it may be migrated to an earlier number only."""
    return db.value("SELECT to_regclass(%s)", table) is not None


def _vacuum(db: Database, names: list[str]) -> None:
    """Write statistics and visibility maps, without which no plan and no index-only scan is right."""
    for table in names:
        db.lead.execute(f"VACUUM (ANALYZE) {table}".encode())


@main.command()
@click.option("-d", "--database", metavar="CONNINFO", help="libpq URI or keyword string.")
@click.option("--source", type=click.Path(path_type=Path, exists=True), help="The folder of samples.")
def remove(database: str | None, source: Path | None) -> None:
    """Take out exactly what was loaded, whole tables last to first. Destructive.

    What others have since put into a sample project goes with it. The sequences stay where they are.

    \b
    Example:
      python -m tools.sample remove

    Exit codes: 0 removed, 1 not, 130 stopped by Ctrl-C.
    """
    output = Output("sample remove", as_json=False)
    steps = {step.name: step for step in read(source or Options().root / "samples")}
    with opened(database, output) as db:
        if not db.loaded:
            output.line("there is no sample here")
            return
        db.lead.execute("UPDATE footing_sample.load SET removing = true")
        begun = db.lead.execute("SELECT step, base, size FROM footing_sample.steps").fetchall()
        ids = {name: (base + 1, base + size) for name, base, size in begun}
        left = [step for step in steps.values() if step.name in dict.fromkeys(name for name, *_ in begun)]
        total = 0
        with click.progressbar([*reversed(left)], file=sys.stderr, label="removing") as bar:
            for step in bar:
                total += _remove_step(db, step, ids)
        with db.lead.transaction():
            _drop_partitions(db)
            db.lead.execute("DROP SCHEMA footing_sample CASCADE")
        output.line(f"the sample is removed: {count(total, 'row')} and what hung on them")


def _remove_step(db: Database, step: Step, ids: dict[str, tuple[int, int]]) -> int:
    """Delete a step's rows in one transaction; what is derived from them goes too, so no trigger runs."""
    if db.value("SELECT removed FROM footing_sample.steps WHERE step = %s", step.name):
        return 0
    with db.lead.transaction():
        if not step.is_scratch:
            db.lead.execute(f"ALTER TABLE {step.table} DISABLE TRIGGER USER".encode())
        deleted = db.lead.execute(step.removing(ids).encode()).rowcount
        if not step.is_scratch:
            db.lead.execute(f"ALTER TABLE {step.table} ENABLE TRIGGER USER".encode())
        db.lead.execute("UPDATE footing_sample.steps SET removed = true WHERE step = %s", [step.name])
    if not step.is_scratch:
        _vacuum(db, [step.table])  # or every key of a parent would meet its dead rows
    return max(deleted, 0)


def _drop_partitions(db: Database) -> None:
    """Drop the months that were made for the sample and hold nothing else."""
    for (name,) in db.lead.execute("SELECT name FROM footing_sample.partitions").fetchall():
        if db.value("SELECT to_regclass(%s)", name) and not db.value(f"SELECT EXISTS (SELECT FROM {name})"):
            db.lead.execute(f"DROP TABLE {name}".encode())


if __name__ == "__main__":
    main()
