"""Scratch databases of a tool's own: made on a server that may, dropped at the end, whatever happened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from runner import session as sessions
from runner.output import Output
from runner.session import Options, Session
from runner.settings import Target


class Quiet(Output):
    """Says nothing: what a tool runs a hundred times is no news."""

    def __init__(self) -> None:
        """Print neither lines nor asides."""
        super().__init__("scratch", as_json=True)

    def aside(self, text: str, **style: Any) -> None:
        """Drop notices and warnings."""


class Scratch:
    """Makes databases on one server, all of them named after this process."""

    def __init__(self, target: Target, prefix: str) -> None:
        """Connect as whoever `target` names, who needs the right to make databases."""
        self.target = target
        self.name = f"footing_{prefix}_{os.getpid()}"
        self._made: list[str] = []
        self._admin = psycopg.connect(target.conninfo(), autocommit=True)

    def create(self, part: str, template: str | None = None) -> Target:
        """Create a database, as a copy of `template` where one is named, and return how to reach it."""
        name = f"{self.name}_{part}"
        copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        self._admin.execute(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), copied))
        self._made.append(name)
        return Target({**self.target.params, "dbname": name}, "scratch")

    def drop(self, target: Target) -> None:
        """Drop one of them, with whoever is still connected."""
        name = target.params["dbname"]
        self._admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self._made.remove(name)

    def close(self) -> None:
        """Drop what is left."""
        for name in list(self._made):
            self.drop(Target({"dbname": name}, "scratch"))
        self._admin.close()


@contextmanager
def scratch(target: Target, prefix: str) -> Iterator[Scratch]:
    """Yield a maker of databases, and drop those it made."""
    made = Scratch(target, prefix)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def migrating(target: Target, root: str) -> Iterator[Session]:
    """Open a scratch database as `footing migrate` would, bootstrapping it where needed, in silence."""
    with sessions.migrating(Options(target.conninfo(), root), "scratch", Quiet()) as session:
        yield session
