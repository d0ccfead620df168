"""Refreshing materialized views: in order, concurrently, never two at one, and recorded."""

import json

import pytest
from psycopg import errors

from tests.support.database import Database
from tests.support.footing import Footing

# public.c reads public.b through a plain view, b reads a: the names sort the other way round.
CHAIN = """
CREATE SCHEMA scratch AUTHORIZATION footing_owner;
SET ROLE footing_owner;
CREATE TABLE scratch.numbers (n integer PRIMARY KEY);
CREATE MATERIALIZED VIEW scratch.z_first AS SELECT n FROM scratch.numbers;
CREATE UNIQUE INDEX z_first_n ON scratch.z_first (n);
CREATE VIEW scratch.between AS SELECT n * 2 AS n FROM scratch.z_first;
CREATE MATERIALIZED VIEW scratch.y_second AS SELECT n FROM scratch.between WITH NO DATA;
CREATE UNIQUE INDEX y_second_n ON scratch.y_second (n);
CREATE MATERIALIZED VIEW scratch.a_third AS SELECT sum(n) AS n FROM scratch.y_second WITH NO DATA;
CREATE UNIQUE INDEX a_third_n ON scratch.a_third (n);
RESET ROLE;
"""
VIEWS = ["scratch.z_first", "scratch.y_second", "scratch.a_third"]


@pytest.fixture
def chain(migrated_db: Database) -> Database:
    """A database with three materialized views, each reading the one before."""
    migrated_db.admin.execute(CHAIN.encode())
    return migrated_db


def _refresh(footing: Footing, db: Database, *views: str, code: int = 0) -> dict[str, dict[str, object]]:
    done = footing("refresh", *views, "--json", database=db.url("test_deploy"))
    assert done.returncode == code, done.stdout + done.stderr
    said = json.loads(done.stdout)
    return said.get("views") or said["error"]["views"]


def test_each_view_is_refreshed_after_what_it_reads(chain: Database, footing: Footing) -> None:
    chain.admin.execute("INSERT INTO scratch.numbers VALUES (1), (2)")

    done = _refresh(footing, chain)

    assert [view for view in done if view.startswith("scratch.")] == VIEWS
    assert {facts["outcome"] for facts in done.values()} == {"refreshed"}
    assert chain.admin.execute("SELECT n FROM scratch.a_third").fetchone() == (6,)


def test_a_refresh_leaves_its_time_behind(chain: Database, footing: Footing) -> None:
    _refresh(footing, chain, "scratch.z_first")

    with chain.session("monitoring") as monitor:
        rows = monitor.execute(
            "SELECT view_name, refreshed_at <= now() AND duration > '0' AND age < '1 min', error"
            " FROM ops.materialized_views WHERE schema_name = 'scratch' AND refreshed_at IS NOT NULL"
        ).fetchall()
    assert rows == [("z_first", True, None)]


def test_readers_go_on_while_a_filled_view_is_refreshed(chain: Database, footing: Footing) -> None:
    _refresh(footing, chain)
    with chain.connect(autocommit=False) as reader:
        reader.execute("SELECT * FROM scratch.z_first")  # keeps its ACCESS SHARE until it commits

        done = _refresh(footing, chain)

    assert {facts["outcome"] for facts in done.values()} == {"refreshed"}


def test_a_view_that_is_being_refreshed_is_skipped_and_the_others_are_not(
    chain: Database, footing: Footing
) -> None:
    with chain.connect(autocommit=False) as other:
        other.execute("SET LOCAL ROLE footing_owner")
        other.execute("SELECT ops.refresh_materialized_view('scratch.z_first')")

        done = _refresh(footing, chain)

    assert [done[view]["outcome"] for view in VIEWS] == ["skipped", "refreshed", "refreshed"]


def test_a_view_whose_lock_somebody_else_holds_is_skipped(chain: Database, footing: Footing) -> None:
    with chain.connect(autocommit=False) as other:
        other.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY scratch.z_first")  # by hand, as a DBA would

        done = _refresh(footing, chain, "scratch.z_first")

    assert done["scratch.z_first"]["outcome"] == "skipped"


def test_a_view_that_fails_is_told_and_the_others_are_refreshed(chain: Database, footing: Footing) -> None:
    chain.admin.execute("""
        CREATE MATERIALIZED VIEW scratch.broken AS SELECT 1 / n AS n FROM scratch.numbers;
        ALTER MATERIALIZED VIEW scratch.broken OWNER TO footing_owner;
        INSERT INTO scratch.numbers VALUES (0)""")

    done = _refresh(footing, chain, code=6)

    assert "division by zero" in str(done["scratch.broken"]["error"])
    assert [done[view]["outcome"] for view in VIEWS] == ["refreshed"] * 3
    chain.admin.execute("DELETE FROM scratch.numbers")
    assert _refresh(footing, chain)["scratch.broken"]["outcome"] == "refreshed"
    errors_left = "SELECT count(*) FROM ops.materialized_views WHERE error IS NOT NULL"
    assert chain.admin.execute(errors_left.encode()).fetchone() == (0,)


def test_a_name_that_is_no_materialized_view_is_refused_with_those_there_are(
    chain: Database, footing: Footing
) -> None:
    done = footing("refresh", "scratch.numbers", database=chain.url("test_deploy"))

    assert done.returncode == 2
    assert "no materialized view is called scratch.numbers" in done.stderr
    assert "scratch.z_first" in done.stderr
    with pytest.raises(errors.WrongObjectType):
        chain.admin.execute("SELECT ops.refresh_materialized_view('scratch.numbers')")


def test_a_database_without_migrations_is_told_to_migrate(prepared_db: Database, footing: Footing) -> None:
    done = footing("refresh", database=prepared_db.url("test_deploy"))

    assert done.returncode == 2
    assert "footing migrate" in done.stderr


def test_no_product_may_refresh(chain: Database) -> None:
    for role in ("authenticated_users", "readonly_users", "monitoring", "authenticator"):
        with pytest.raises(errors.InsufficientPrivilege), chain.session(role) as session:
            session.execute("SELECT ops.refresh_materialized_view('scratch.z_first')")
