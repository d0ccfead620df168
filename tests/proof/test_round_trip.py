"""Every migration goes up, down and up to the same catalogue, as a login that is no superuser."""

import psycopg

from runner import catalogue, files
from runner.settings import home
from tests.support.database import Database
from tests.support.footing import Footing
from tools.proof.bench import bench
from tools.proof.round_trip import RoundTrip

DEPLOY = "test_deploy"
FILES = files.find(home())
NUMBERS = [file.number for file in FILES]


def test_every_migration_goes_up_down_and_up_to_the_same_catalogue_and_loses_what_it_says(
    prepared_db: Database,
) -> None:
    with bench(prepared_db.url(), prepared_db.url(DEPLOY)) as scratch:
        proof = RoundTrip(scratch, rows=1)

        problems = [problem for file in FILES for problem in proof.prove(file)]

    assert problems == []


def test_all_the_way_down_leaves_nothing_behind(migrated_db: Database, footing: Footing) -> None:
    url = migrated_db.url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = pg_catalog")
        full = catalogue.live(connection)
        footing("rollback", "--all", "--yes", "--confirm-all", migrated_db.name, database=url, check=True)
        left = catalogue.live(connection)
        footing("migrate", database=url, check=True)
        again = catalogue.live(connection)

    assert left == {}
    assert len(full) > len(NUMBERS)
    assert catalogue.compare(full, again) == []


def test_the_recorded_catalogue_is_what_the_migrations_make_on_this_version(migrated_db: Database) -> None:
    recorded = catalogue.recorded(home() / catalogue.FILE, NUMBERS[-1])

    migrated_db.admin.execute("SET search_path = pg_catalog")
    live = catalogue.live(migrated_db.admin)

    assert catalogue.compare(recorded, live) == [], "run make generate and commit sql/catalogue.jsonl"
