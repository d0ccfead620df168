"""Every migration goes up, down and up to the same catalogue, as a login that is no superuser."""

import psycopg
import pytest

from runner import catalogue, files
from runner.settings import home
from tests.support.database import Database
from tests.support.footing import Footing

DEPLOY = "test_deploy"
NUMBERS = [file.number for file in files.find(home())]


@pytest.fixture
def snapshot(prepared_db: Database):
    """Read the catalogue of the database, as it is now."""
    with psycopg.connect(prepared_db.url(), autocommit=True) as connection:
        connection.execute("SET search_path = pg_catalog")
        yield lambda: catalogue.live(connection)


@pytest.mark.timeout(600)
def test_every_migration_goes_up_down_and_up_to_the_same_catalogue(
    prepared_db: Database, footing: Footing, snapshot
) -> None:
    url = prepared_db.url(DEPLOY)
    for number, before_number in zip(NUMBERS, [0, *NUMBERS], strict=False):
        before = snapshot()

        footing("migrate", "--to", str(number), database=url, check=True)
        after = snapshot()
        footing("rollback", "--to", str(before_number), "--yes", database=url, check=True)
        undone = snapshot()
        footing("migrate", "--to", str(number), database=url, check=True)
        again = snapshot()

        assert after != before, f"{number:04} changes nothing that the catalogue shows"
        assert catalogue.compare(before, undone) == [], f"the rollback of {number:04} is not its reverse"
        assert catalogue.compare(after, again) == [], f"{number:04} is another the second time"


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
