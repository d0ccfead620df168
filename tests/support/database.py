"""A database of one test: created empty or cloned from the template, dropped at the end."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psycopg
from psycopg import sql
from pytest_postgresql.janitor import DatabaseJanitor

from tests.support.logins import MEMBERS, WORKED_IN_BY_SET_ROLE
from tests.support.server import Server

_numbers = itertools.count(1)


@dataclass
class Database:
    """One database on a server, and the connections a test opened to it."""

    server: Server
    name: str
    _open: list[psycopg.Connection] = field(default_factory=list, repr=False)

    def url(self, user: str | None = None) -> str:
        """Return a libpq URI, as the superuser or as that login."""
        return self.server.url(self.name, user)

    def connect(self, user: str | None = None, **kw: Any) -> psycopg.Connection:
        """Open an autocommit connection, closed with the database."""
        connection = psycopg.connect(self.url(user), **{"autocommit": True, **kw})
        self._open.append(connection)
        return connection

    @cached_property
    def admin(self) -> psycopg.Connection:
        """One superuser connection, kept for the test: control reads and arrangement."""
        return self.connect()

    @contextlib.contextmanager
    def session(
        self, role: str, user_id: int | None = None, commit: bool = True
    ) -> Iterator[psycopg.Connection]:
        """Run one transaction as a login of that group, with app.user_id set for it alone."""
        connection = self.connect(MEMBERS[role], autocommit=False)
        try:
            if role in WORKED_IN_BY_SET_ROLE:
                connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
            if user_id is not None:
                connection.execute("SELECT set_config('app.user_id', %s, true)", [str(user_id)])
            yield connection
            if commit:
                connection.commit()
        finally:
            connection.close()  # an open transaction is rolled back

    def close(self) -> None:
        """Close every connection the test opened."""
        for connection in self._open:
            connection.close()


@contextlib.contextmanager
def fresh_database(server: Server, template: str | None = None) -> Iterator[Database]:
    """Create a database, from a template where one is named, and drop it at the end."""
    name = f"test_{next(_numbers)}"
    janitor = DatabaseJanitor(
        user=server.superuser, host=server.host, port=server.port, dbname=name, template_dbname=template
    )
    janitor.init()
    database = Database(server, name)
    try:
        yield database
    finally:
        database.close()
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with contextlib.suppress(psycopg.OperationalError), janitor.cursor() as cursor:
            cursor.execute(drop)
