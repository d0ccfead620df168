"""A server of our own, since it will be crashed, and a database for each blow."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.reliability.outcome import outcome
from tests.reliability.scratch import BASE, FILES, RECORD_GATES
from tests.reliability.stage import LOGIN, Stage
from tests.support.binaries import version_of
from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.logins import create_logins
from tests.support.scratch import write_migrations
from tests.support.server import Server, running_server
from tests.support.template import apply_bootstrap

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Arena:
    """The server that may be crashed, its templates, and the scratch migrations."""

    server: Server
    sql: Path

    def create(self, name: str, template: str) -> Database:
        """Create a database; a file copy keeps the log short that a crash has to replay."""
        self.server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return Database(self.server, name)


@pytest.fixture(scope="package")
def arena(
    server_bindir: Path,
    footing: Footing,
    tmp_path_factory: pytest.TempPathFactory,
    record_testsuite_property: Callable[[str, object], None],
) -> Iterator[Arena]:
    """Templates: nothing, prepared (bootstrap ran), base (0001 is applied), done (every file is)."""
    sql = write_migrations(tmp_path_factory.mktemp("arena") / "sql", FILES)
    with running_server(version_of(server_bindir), server_bindir) as server:
        made = Arena(server, sql)
        made.create("nothing", "template0")
        apply_bootstrap(made.create("prepared", "nothing").url())
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            create_logins(connection)
            version = connection.info.parameter_status("server_version")
        record_testsuite_property("server_version", version)
        base = _clone(made, "base", "prepared")
        footing("migrate", "--to", "1", database=base.url(LOGIN), sql=sql, check=True)
        with base.connect() as connection:
            connection.execute(RECORD_GATES.encode())
        complete = _clone(made, "done", "base")
        footing("migrate", database=complete.url(LOGIN), sql=sql, check=True)
        yield made


@pytest.fixture(scope="package")
def undisturbed(arena: Arena) -> dict[str, Any]:
    """What a run that nothing befell comes to."""
    return outcome(Database(arena.server, "done"))


@pytest.fixture
def make_stage(arena: Arena, footing: Footing, tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Set a stage on a copy of a template, or beside another; with the arena's migrations or others."""
    stages: list[Stage] = []

    def make(
        template: str = "base", *, beside: Stage | None = None, files: Mapping[str, str] | None = None
    ) -> Stage:
        name = f"stage_{next(_numbers)}"
        folder = tmp_path / name
        folder.mkdir()
        database = beside.db if beside else _clone(arena, name, template)
        sql = write_migrations(folder / "sql", {**BASE, **files}) if files else (beside or arena).sql
        stages.append(Stage(database, sql, footing, folder))
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()
        stage.db.close()
        arena.server.execute(f"DROP DATABASE IF EXISTS {stage.db.name} WITH (FORCE)")


def _clone(arena: Arena, name: str, template: str) -> Database:
    database = arena.create(name, template)
    if template != "nothing":
        apply_bootstrap(database.url())  # a clone has everything but the rights on the database
    return database
