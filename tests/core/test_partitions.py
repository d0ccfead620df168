"""Monthly partitions: a year ahead, made once however many make them, without stopping writers."""

import threading

import psycopg
import pytest
from psycopg import errors

from tests.core.conftest import Cast, World
from tests.support.database import Database

PARTITIONS = (
    "SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = 'core.audit_logs'::regclass"
)
THIS_MONTH = "date_trunc('month', now() AT TIME ZONE 'UTC')"
AUDIT_LOGS = "core.audit_logs_"
TOP_UP = "SELECT * FROM ops.create_partitions_ahead(%s)"


def _partitions(world: World) -> set[str]:
    return {row[0] for row in world.db.admin.execute(PARTITIONS)}


def _months(world: World, count: int) -> set[str]:
    query = (
        f"SELECT to_char({THIS_MONTH} + n * interval '1 month', '\"audit_logs_\"YYYY_MM') "
        "FROM generate_series(0, %s) AS n"
    )
    return {row[0] for row in world.db.admin.execute(query.encode(), [count])}


def test_a_migrated_database_has_this_month_and_twelve_more(world: World) -> None:
    assert _partitions(world) == _months(world, 12)


def test_the_coverage_view_says_so_to_monitoring(world: World) -> None:
    with world.db.session("monitoring") as session:
        rows = session.execute(
            "SELECT schema_name, table_name, partitions, months_ahead FROM ops.partition_coverage"
        ).fetchall()

    assert ("core", "audit_logs", 13, 12) in rows
    assert {row[3] for row in rows} == {12}


def test_a_log_without_partitions_is_shown_as_such(world: World) -> None:
    world.db.admin.execute("INSERT INTO ops.partitioned_logs VALUES ('core', 'forgotten')")

    row = world.db.admin.execute(
        "SELECT partitions, months_ahead, newest_month FROM ops.partition_coverage "
        "WHERE table_name = 'forgotten'"
    ).fetchone()

    assert row == (0, 0, None)


def test_a_second_run_makes_nothing(world: World) -> None:
    with world.db.session("footing_owner") as session:
        assert session.execute(TOP_UP, [12]).fetchall() == []

    assert _partitions(world) == _months(world, 12)


def test_what_is_missing_is_made_and_named(world: World) -> None:
    with world.db.session("footing_owner") as session:
        made = {row[0] for row in session.execute(TOP_UP, [14])}

    assert {name for name in made if name.startswith(AUDIT_LOGS)} == {
        f"core.{name}" for name in _months(world, 14) - _months(world, 12)
    }
    assert _partitions(world) == _months(world, 14)


@pytest.mark.parametrize("months", [-1, 61, None])
def test_a_nonsensical_number_of_months_is_refused(world: World, months: int | None) -> None:
    with (
        pytest.raises(errors.InvalidParameterValue, match="must be from 0 to 60"),
        world.db.session("footing_owner") as session,
    ):
        session.execute(TOP_UP, [months])


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users", "monitoring", "bulk_loader"])
def test_only_the_owner_makes_partitions(world: World, role: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        world.db.session(role) as session,
    ):
        session.execute(TOP_UP, [14])


def test_two_runs_at_once_make_each_partition_once(world: World) -> None:
    made: list[str] = []
    failed: list[Exception] = []

    def top_up(db: Database) -> None:
        try:
            with db.session("footing_owner") as session:
                made.extend(row[0] for row in session.execute(TOP_UP, [36]))
        except psycopg.Error as error:
            failed.append(error)

    runs = [threading.Thread(target=top_up, args=[world.db]) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert failed == []
    assert len(made) == len(set(made))
    made_here = {name for name in made if name.startswith(AUDIT_LOGS)}
    assert made_here == {f"core.{name}" for name in _months(world, 36) - _months(world, 12)}


def test_writers_go_on_while_partitions_are_made(cast: Cast) -> None:
    with cast.db.session("footing_owner") as topping_up:
        topping_up.execute(TOP_UP, [14])

        with cast.db.session("authenticated_users", cast.viewer) as writer:
            writer.execute("SET LOCAL lock_timeout = '2s'")
            written = writer.execute(
                "INSERT INTO core.audit_logs (user_id, action, resource) VALUES (%s, 'a', 'b')",
                [cast.viewer],
            ).rowcount

    assert written == 1


def test_a_month_begins_in_utc_whatever_the_session_thinks(world: World) -> None:
    with world.db.session("footing_owner") as session:
        session.execute("SET LOCAL TimeZone = 'Pacific/Auckland'")
        name = session.execute("SELECT ops.create_partition('core.audit_logs', '2020-02-29')").fetchone()

    assert name == ("core.audit_logs_2020_02",)
    world.db.admin.execute("SET TimeZone = 'UTC'")
    assert (
        world.value(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'audit_logs_2020_02'"
        )
        == "FOR VALUES FROM ('2020-02-01 00:00:00+00') TO ('2020-03-01 00:00:00+00')"
    )


def test_a_row_goes_to_the_partition_of_its_month(world: World) -> None:
    world.person("ada")

    where = world.value(
        "SELECT tableoid::regclass::text = to_char(created_at AT TIME ZONE 'UTC', "
        "'\"core.audit_logs_\"YYYY_MM') FROM core.audit_logs"
    )

    assert where


def test_a_partition_has_what_its_parent_has_and_no_more(world: World) -> None:
    shape = (
        "SELECT array_agg((a.attname, a.atttypid, a.atttypmod, a.attnotnull)::text "
        "ORDER BY a.attname) FROM pg_attribute AS a WHERE a.attnum > 0 AND a.attrelid = %s::regclass"
    )
    checks = (
        "SELECT array_agg(conname::text ORDER BY conname) FROM pg_constraint "
        "WHERE contype = 'c' AND conrelid = %s::regclass"
    )
    triggers = (
        "SELECT array_agg(tgname::text) FROM pg_trigger "
        "WHERE NOT tgisinternal AND tgtype & 1 = 1 AND tgrelid = %s::regclass"
    )

    for name in _partitions(world):
        for query in (shape, checks, triggers):
            assert world.value(query, f"core.{name}") == world.value(query, "core.audit_logs")
