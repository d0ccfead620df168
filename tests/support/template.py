"""Builds the template database: bootstrap, then every migration of the repository."""

import psycopg

from tests.support.footing import ROOT, Footing

SQL = ROOT / "sql"


def apply_bootstrap(url: str) -> None:
    """Run sql/bootstrap.sql as the superuser, as a DBA would with psql."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((SQL / "bootstrap.sql").read_bytes())


def migrate_with_the_runner(url: str, footing: Footing) -> None:
    """Apply every migration as `make migrate` does."""
    footing("migrate", database=url, check=True)
