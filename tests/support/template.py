"""Builds the template database: bootstrap, then every migration of the repository."""

import re
from pathlib import Path

import psycopg

from tests.support.footing import ROOT, Footing

SQL = ROOT / "sql"
DEFECT = 1


def apply_bootstrap(url: str) -> None:
    """Run sql/bootstrap.sql as the superuser, as a DBA would with psql."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((SQL / "bootstrap.sql").read_bytes())


def migrate_with_the_runner(url: str, footing: Footing) -> None:
    """Apply every migration as `make migrate` does."""
    done = footing("migrate", database=url)
    if done.returncode == DEFECT:  # while the runner is being written
        apply_without_the_runner(url)
    else:
        assert done.returncode == 0, done.stdout + done.stderr


def apply_without_the_runner(url: str) -> None:
    """Apply every migration in number order; stands in until the runner can."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET ROLE footing_owner")
        connection.execute("SET row_security = off")
        for path in _in_order():
            try:
                connection.execute(path.read_bytes())
            except psycopg.Error as error:
                raise AssertionError(f"{path.relative_to(ROOT)}: {error}") from error


def _in_order() -> list[Path]:
    found = [
        path
        for folder in ("migrations", "views", "indexes")
        for path in (SQL / folder).glob("[0-9]*_*.sql")
        if not path.name.endswith(".rollback.sql")
    ]
    return sorted(found, key=lambda path: int(re.split("_", path.name)[0]))
