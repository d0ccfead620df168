"""Maintenance: what is due, done without stopping anybody, and finished after kill -9."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import errors

from ops.commands.maintenance import KEY
from tests.core.conftest import Cast
from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.waiting import wait_until

LOGS = ["apex.project_events", "atmosfera.metrics", "core.audit_logs", "webtest.agent_decisions",
        "webtest.predictions"]  # fmt: skip
OLD = "core.audit_logs_2020_02"
HALF_DETACHED = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending"
MAINTAINING = f"""
    SELECT count(*) FROM pg_locks
     WHERE locktype = 'advisory' AND (classid::bigint << 32) | objid::bigint = {KEY}"""


@pytest.fixture
def cast(migrated_db: Database) -> Cast:
    """A migrated database with a project in it."""
    return Cast(migrated_db)


def _plan(cast: Cast, *kinds: str) -> list[tuple[str, str, str | None, bool]]:
    """Read the plan as monitoring does."""
    with cast.db.session("monitoring") as monitor:
        rows = monitor.execute("SELECT kind, target, statement, in_transaction FROM ops.maintenance_plan()")
        return [row for row in rows if not kinds or row[0] in kinds]


def _maintain(footing: Footing, cast: Cast, *words: str, code: int = 0) -> dict[str, Any]:
    done = footing("maintain", "--json", *words, database=cast.db.url("test_deploy"))
    assert done.returncode == code, done.stdout + done.stderr
    said = json.loads(done.stdout)
    return said if code == 0 else said["error"]


def _old_month(cast: Cast) -> None:
    """Give the audit trail a month that is long past, with an entry in it."""
    cast.db.admin.execute("SET ROLE footing_owner")
    cast.db.admin.execute("SELECT ops.create_partition('core.audit_logs', '2020-02-29')")
    cast.db.admin.execute("RESET ROLE")
    cast.db.admin.execute(
        "INSERT INTO core.audit_logs (action, resource, created_at) VALUES ('a', 'b', '2020-02-03')"
    )


def _executions(cast: Cast, count: int, result: str, age: str) -> None:
    """Add so many executions of that result and age."""
    cast.db.admin.execute(
        """
        WITH test AS (
            INSERT INTO webtest.test_cases (project_id, title, description, test_type)
            VALUES (%(project)s, 't', 'd', 'e2e') RETURNING id, project_id)
        INSERT INTO webtest.test_executions (execution_id, test_id, project_id, result, started_at,
                                             completed_at, created_at)
        SELECT %(result)s || n || %(age)s, id, project_id, %(result)s, now(),
               CASE WHEN %(result)s NOT IN ('pending', 'running') THEN now() END, now() - %(age)s::interval
          FROM test, generate_series(1, %(count)s) AS n""",
        {"project": cast.apollo, "count": count, "result": result, "age": age},
    )


def _killed(process: subprocess.Popen[str], cast: Cast) -> None:
    """Kill the runner as kill -9 does, and wait until the server has noticed."""
    process.kill()
    process.wait()
    wait_until(lambda: cast.value(MAINTAINING) == 0, 20, "the killed runner's session goes on")


def test_every_log_has_a_policy_and_every_partition_its_storage_parameters(cast: Cast) -> None:
    partitions = """
        SELECT i.inhparent::regclass::text, array_agg(DISTINCT c.reloptions)
          FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relkind = 'r' GROUP BY 1"""
    _old_month(cast)

    found = dict(cast.db.admin.execute(partitions).fetchall())

    assert sorted(found) == LOGS
    for log, options in found.items():
        assert options == [
            ["autovacuum_analyze_scale_factor=0.02", "autovacuum_vacuum_insert_scale_factor=0.05"]
        ], log


def test_a_dry_run_shows_the_plan_and_does_nothing(cast: Cast, footing: Footing) -> None:
    _old_month(cast)
    _executions(cast, 2, "pass", "2 years")
    cast.db.admin.execute(
        "DROP TABLE apex.project_events_" + cast.value("SELECT to_char(now(), 'YYYY_MM')")
    )

    said = _maintain(footing, cast, "--dry-run")

    steps = {(step["kind"], step["target"]): step["statement"] for step in said["steps"]}
    month = cast.value("SELECT to_char(now(), 'YYYY_MM')")
    assert ("create", f"apex.project_events_{month}") in steps
    assert steps["detach", OLD] == f"ALTER TABLE core.audit_logs DETACH PARTITION {OLD} CONCURRENTLY"
    assert steps["drop", OLD] == f"DROP TABLE {OLD}"
    assert steps["delete", "webtest.test_executions"].startswith("SELECT ops.delete_expired(")
    assert cast.value("SELECT to_regclass(%s) IS NOT NULL", OLD)
    assert cast.value("SELECT count(*) FROM webtest.test_executions") == 2
    assert cast.value("SELECT count(*) FROM ops.maintenance_runs") == 0


def test_maintenance_does_what_is_due_records_it_and_has_nothing_to_do_afterwards(
    cast: Cast, footing: Footing
) -> None:
    _old_month(cast)
    for result in ("pending", "running", "pass", "fail", "skip", "error"):
        _executions(cast, 3, result, "2 years")
        _executions(cast, 3, result, "300 days")
    cast.db.admin.execute("UPDATE ops.retention_policies SET batch_size = 5 WHERE batch_size = 5000")
    last = cast.value("SELECT to_char(now() AT TIME ZONE 'UTC' + interval '12 months', 'YYYY_MM')")
    cast.db.admin.execute(f"DROP TABLE webtest.predictions_{last}")

    done = _maintain(footing, cast)["done"]

    assert done["create"] == 1
    assert cast.value("SELECT min(months_ahead) FROM ops.partition_coverage") == 12
    assert done["detach"] == done["drop"] == 1
    assert done["delete"] == 12
    assert cast.value("SELECT to_regclass(%s)", OLD) is None
    kept = (
        "SELECT array_agg(DISTINCT result::text) FROM webtest.test_executions WHERE created_at < now() - %s"
    )
    assert cast.value(f"{kept}::interval", "1 year") == ["pending", "running"]
    assert cast.value("SELECT count(*) FROM webtest.test_executions") == 18 + 6
    assert cast.value("SELECT done = %s::jsonb AND error IS NULL AND finished_at > started_at "
                      "FROM ops.maintenance_runs", json.dumps(done))  # fmt: skip
    assert {kind for kind, *_ in _plan(cast)} == {"prune"}
    assert _maintain(footing, cast)["done"] == {"prune": 0}


def test_rows_that_somebody_works_on_are_left_and_not_waited_for(cast: Cast) -> None:
    _executions(cast, 4, "pass", "2 years")
    delete = "SELECT ops.delete_expired('webtest.test_executions', 3)"
    with cast.db.connect(autocommit=False) as application:
        application.execute("SELECT FROM webtest.test_executions ORDER BY id LIMIT 2 FOR UPDATE")
        with cast.db.session("footing_owner") as owner:
            owner.execute("SET LOCAL lock_timeout = '1s'")

            counts = [owner.execute(delete).fetchone()[0] for _ in range(2)]

    assert counts == [2, 0]
    assert cast.value("SELECT count(*) FROM webtest.test_executions") == 2
    for bad in ("webtest.test_cases", "core.audit_logs"):
        with pytest.raises(errors.ObjectNotInPrerequisiteState, match="no policy says"):
            cast.db.admin.execute("SELECT ops.delete_expired(%s)", [bad])


def test_nobody_but_the_owner_expires_anything_and_the_owner_deletes_no_row_of_a_log(cast: Cast) -> None:
    _executions(cast, 1, "pass", "2 years")
    _old_month(cast)
    for role in ("authenticated_users", "readonly_users", "monitoring", "bulk_loader", "authenticator"):
        with pytest.raises(errors.InsufficientPrivilege), cast.db.session(role, cast.admin) as session:
            session.execute("SELECT ops.delete_expired('webtest.test_executions')")
    for role in ("authenticated_users", "readonly_users"):
        with pytest.raises(errors.InsufficientPrivilege), cast.db.session(role, cast.admin) as session:
            session.execute("SELECT * FROM ops.maintenance_plan()")
    with pytest.raises(errors.RestrictViolation), cast.db.session("footing_owner") as owner:
        owner.execute("DELETE FROM core.audit_logs WHERE created_at < '2021-01-01'")

    allowed = """
        SELECT array_agg(r.rolname || ' ' || p.proname)
          FROM pg_roles AS r, pg_proc AS p
         WHERE p.proname IN ('maintenance_plan', 'delete_expired', 'has_expired', 'create_partition')
           AND r.rolname IN ('authenticated_users', 'readonly_users', 'monitoring', 'bulk_loader',
                             'authenticator')
           AND has_function_privilege(r.oid, p.oid, 'EXECUTE')"""
    assert cast.value(allowed) == ["monitoring maintenance_plan"]
    assert cast.value("SELECT count(*) FROM webtest.test_executions") == 1
    assert cast.value("SELECT count(*) FROM core.audit_logs WHERE created_at < '2021-01-01'") == 1


def test_detached_leftovers_are_dropped_and_what_only_looks_like_one_is_not(
    cast: Cast, footing: Footing
) -> None:
    _old_month(cast)
    cast.db.admin.execute(f"""
        ALTER TABLE core.audit_logs DETACH PARTITION {OLD};
        SET ROLE footing_owner;
        CREATE TABLE core.audit_logs_2020_03 (note text);
        CREATE TABLE core.audit_logs_2999_01 (LIKE core.audit_logs);
        RESET ROLE""")

    assert [row[1:3] for row in _plan(cast, "drop")] == [(OLD, f"DROP TABLE {OLD}")]
    _maintain(footing, cast)

    left = (
        "SELECT array_agg(relname::text ORDER BY 1) FROM pg_class WHERE relname ~ '^audit_logs_2(020|999)'"
    )
    assert cast.value(f"{left} AND relkind = 'r'") == ["audit_logs_2020_03", "audit_logs_2999_01"]


def test_an_index_that_a_rebuild_left_invalid_is_dropped_and_a_bloated_one_rebuilt(
    cast: Cast, footing: Footing
) -> None:
    admin = cast.db.admin
    admin.execute("""
        CREATE SCHEMA scratch AUTHORIZATION footing_owner;
        SET ROLE footing_owner;
        CREATE TABLE scratch.numbers (n bigint PRIMARY KEY, label text);
        INSERT INTO scratch.numbers SELECT n, md5(n::text) FROM generate_series(1, 30000) AS n;
        CREATE INDEX numbers_full ON scratch.numbers (label, n);
        DELETE FROM scratch.numbers WHERE n % 10 <> 0;
        CREATE UNIQUE INDEX numbers_n_ccnew ON scratch.numbers (n);
        CREATE INDEX numbers_label ON scratch.numbers (label);
        RESET ROLE;
        UPDATE pg_index SET indisvalid = false
         WHERE indexrelid IN ('scratch.numbers_n_ccnew'::regclass, 'scratch.numbers_label'::regclass)""")
    admin.execute("VACUUM ANALYZE scratch.numbers")

    due = "SELECT target, statement FROM ops.maintenance_plan(index_bytes => 65536) WHERE kind = 'reindex'"
    bloated = dict(admin.execute(due).fetchall())
    said = _maintain(footing, cast, "--only", "clean", "--only", "report")

    assert set(bloated) == {"scratch.numbers_pkey", "scratch.numbers_full"}
    assert said["done"] == {"clean": 1}
    assert list(said["notes"]) == ["scratch.numbers_label"]
    assert cast.value("SELECT to_regclass('scratch.numbers_n_ccnew')") is None
    assert _plan(cast, "reindex") == [], "an index below 64 MB is rebuilt"
    for statement in bloated.values():
        admin.execute(statement.encode())
    assert admin.execute(due).fetchall() == [], "a fresh index is taken for bloated"


def test_a_killed_detach_is_finished_by_the_next_run(
    cast: Cast, footing: Footing, footing_popen: Callable[..., subprocess.Popen[str]]
) -> None:
    _old_month(cast)
    with cast.db.connect(autocommit=False) as reader:
        reader.execute("SELECT count(*) FROM core.audit_logs")  # the detach waits for its end
        process = footing_popen("maintain", database=cast.db.url("test_deploy"))
        wait_until(lambda: cast.value(HALF_DETACHED) == 1, 20, "no detach began")
        _killed(process, cast)

        assert "FINALIZE" in str(_plan(cast, "detach")[0][2])
        reader.execute("SELECT count(*) FROM core.audit_logs")

    done = _maintain(footing, cast)

    assert done["done"]["drop"] == 1
    assert cast.value(HALF_DETACHED) == 0
    assert cast.value("SELECT to_regclass(%s)", OLD) is None


def test_killed_batches_are_finished_by_the_next_run(
    cast: Cast, footing: Footing, footing_popen: Callable[..., subprocess.Popen[str]]
) -> None:
    _executions(cast, 3000, "pass", "2 years")
    _executions(cast, 10, "pass", "1 day")
    cast.db.admin.execute("UPDATE ops.retention_policies SET batch_size = 1 WHERE batch_size = 5000")
    process = footing_popen("maintain", "--only", "delete", database=cast.db.url("test_deploy"))
    left = "SELECT count(*) FROM webtest.test_executions"
    wait_until(lambda: cast.value(left) < 3000, 20, "no batch was deleted")
    _killed(process, cast)

    before = cast.value(left)
    assert 10 < before < 3010
    assert cast.value("SELECT (done ->> 'delete')::integer > 0 AND finished_at IS NULL"
                      " FROM ops.maintenance_runs")  # fmt: skip
    cast.db.admin.execute("UPDATE ops.retention_policies SET batch_size = 1000 WHERE batch_size = 1")
    done = _maintain(footing, cast, "--only", "delete")

    assert done["done"] == {"delete": before - 10}
    assert cast.value(left) == 10


def test_a_second_run_at_the_same_time_says_so_and_does_nothing(cast: Cast, footing: Footing) -> None:
    _executions(cast, 1, "pass", "2 years")
    cast.db.admin.execute(f"SELECT pg_advisory_lock({KEY})".encode())

    assert _maintain(footing, cast)["skipped"] is True
    assert cast.value("SELECT count(*) FROM webtest.test_executions") == 1


def test_what_fails_or_is_locked_is_told_and_the_rest_is_done(cast: Cast, footing: Footing) -> None:
    _old_month(cast)
    cast.db.admin.execute(f"CREATE VIEW core.holds AS SELECT * FROM {OLD}")
    _executions(cast, 1, "pass", "2 years")

    said = _maintain(footing, cast, code=6)

    assert "cannot drop table" in said["failed"][OLD]
    assert said["done"]["delete"] == 1
    assert OLD in cast.value("SELECT error FROM ops.maintenance_runs")


def test_a_detach_that_must_wait_gives_way_to_writers_and_comes_back(
    cast: Cast, footing_popen: Callable[..., subprocess.Popen[str]]
) -> None:
    _old_month(cast)
    write = "INSERT INTO core.audit_logs (user_id, action, resource) VALUES (%s, 'a', 'b')"
    with cast.db.connect(autocommit=False) as reader:
        reader.execute("SELECT count(*) FROM core.audit_logs")
        process = footing_popen("maintain", "--json", database=cast.db.url("test_deploy"))
        wait_until(lambda: cast.value(HALF_DETACHED) == 1, 20, "no detach began")

        with cast.db.session("authenticated_users", cast.viewer) as writer:
            writer.execute("SET LOCAL lock_timeout = '2s'")
            written = writer.execute(write, [cast.viewer]).rowcount
    said, _ = process.communicate(timeout=40)

    assert written == 1
    assert json.loads(said)["done"]["drop"] == 1


def test_a_table_that_is_locked_keeps_nobody_waiting_for_the_plan(cast: Cast, footing: Footing) -> None:
    with cast.db.connect(autocommit=False) as other:
        other.execute("LOCK TABLE webtest.test_executions")

        said = _maintain(footing, cast, code=5)

    assert said["code"] == "locked_table"
    assert _maintain(footing, cast)["ok"] is True


def test_a_database_without_migrations_is_told_to_migrate(prepared_db: Database, footing: Footing) -> None:
    done = footing("maintain", database=prepared_db.url("test_deploy"))

    assert done.returncode == 2
    assert "footing migrate" in done.stderr
