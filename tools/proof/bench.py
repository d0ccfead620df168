"""A scratch database on a server of its own, and migrations run in it as the runner runs them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from runner import connection as connections
from runner import records, rules, settings
from runner.execute import Executor
from runner.files import MigrationFile
from runner.settings import Target
from tests.support.binaries import find_bindir
from tests.support.logins import MEMBERS, create_logins
from tests.support.server import Server, running_server

DEPLOY = MEMBERS[connections.OWNER]


@dataclass
class Bench:
    """A superuser's connection that looks on, and a deploy login's that migrates."""

    admin: psycopg.Connection
    deploy: psycopg.Connection
    executor: Executor
    said: list[str] = field(default_factory=list)

    def up(self, file: MigrationFile) -> None:
        """Apply a file, with its record. Raises RunnerError where the server refuses it."""
        self.executor.run(rules.up(file))

    def down(self, file: MigrationFile) -> None:
        """Run its rollback. Raises RunnerError where the server refuses it."""
        self.executor.run(rules.down(file))


@contextmanager
def running(version: int | None = None) -> Iterator[Server]:
    """Run a server of our own, with the roles and a login for each; FOOTING_TEST_POSTGRES names it."""
    major = version or int(os.environ.get("FOOTING_TEST_POSTGRES", "18"))
    bindir = find_bindir(major)
    if bindir is None:
        raise FileNotFoundError(f"PostgreSQL {major} is not installed")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is stopped then too
    with running_server(major, bindir, autovacuum="off") as server:
        bootstrap(server.url("postgres"))
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            create_logins(connection)
        yield server


@contextmanager
def scratch(server: Server, name: str = "proof") -> Iterator[Bench]:
    """Make a prepared, empty database there and drop it at the end."""
    server.execute(f"CREATE DATABASE {name}")
    bootstrap(server.url(name))
    try:
        with bench(server.url(name), server.url(name, DEPLOY)) as made:
            yield made
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def bench(admin_url: str, deploy_url: str) -> Iterator[Bench]:
    """Work in a prepared database, as its superuser and as a login that may act as the owner."""
    target = settings.parse(deploy_url, "proof")
    with _admin(admin_url) as admin:
        deploy = _migrating(target)
        said: list[str] = []
        try:
            yield Bench(admin, deploy, Executor(deploy, target, said.append), said)
        finally:
            deploy.close()


def bootstrap(url: str) -> None:
    """Run sql/bootstrap.sql, as a superuser."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((settings.home() / "bootstrap.sql").read_bytes())


def _admin(url: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET search_path = pg_catalog")
    return connection


def _migrating(target: Target) -> psycopg.Connection[Any]:
    connection = connections.connect(target, "proof", write=True)
    server = connections.probe(connection)
    connections.prepare_migrating(connection, server)
    if not server.recorded:
        records.create(connection)
    return connection
