"""The connections of a load or a removal of the sample: alone in its database, and stopped at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click
import psycopg

from runner.output import Output
from runner.session import Options, resolve
from runner.settings import Target

_ONE_AT_A_TIME = "SELECT pg_try_advisory_lock(hashtextextended('footing sample', 0))"


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


def vacuum(db: Database, names: list[str]) -> None:
    """Write statistics and visibility maps, without which no plan and no index-only scan is right."""
    for table in names:
        db.lead.execute(f"VACUUM (ANALYZE) {table}".encode())
