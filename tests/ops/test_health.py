"""footing health: each check turns red and green again, and nothing makes it hang."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.server import Server
from tests.support.template import apply_bootstrap, migrate_with_the_runner
from tests.support.waiting import wait_until

INVALID = "UPDATE pg_index SET indisvalid = %s WHERE indexrelid = 'core.idx_projects_owner_id'::regclass"


class Health:
    """Asks as a login that is in monitoring alone."""

    def __init__(self, footing: Footing, url: str) -> None:
        self.footing = footing
        self.url = url

    def __call__(self, *args: str, **env: str) -> dict[str, Any]:
        done = self.footing("health", *args, database=self.url, env=env)
        said: dict[str, Any] = json.loads(done.stdout)
        assert said["exit_code"] == done.returncode, done.stderr
        assert said["ok"] == (done.returncode == 0)
        return said

    def state(self, check: str, *args: str, **env: str) -> str:
        """Return one check's state; the exit code must go with it."""
        said = self(*args, **env)
        state: str = said["checks"][check]["state"]
        assert said["exit_code"] == (0 if state in ("ok", "warn") else 1), said
        return state


def test_a_database_in_order_is_healthy_and_quickly_told(migrated_db: Database, footing: Footing) -> None:
    footing("refresh", database=migrated_db.url("test_deploy"), check=True)
    health = Health(footing, migrated_db.url("test_monitor"))

    answers = [health("--timeout", "20") for _ in range(5)]

    checks = answers[0]["checks"]
    assert answers[0]["exit_code"] == 0, answers[0]
    assert checks.pop("archiver")["state"] == "warn", (
        "a server without an archive is nothing to be proud of"
    )
    timed = {"connect", "round_trip"}  # a busy test machine may make them a warning
    assert {facts["state"] for name, facts in checks.items() if name not in timed} == {"ok"}
    assert min(answer["milliseconds"] for answer in answers) < 150
    assert all({"state", "value", "limit", "unit", "detail"} == set(facts) for facts in checks.values())


def test_each_check_fails_at_its_trouble_and_recovers(migrated_db: Database, footing: Footing) -> None:
    footing("refresh", database=migrated_db.url("test_deploy"), check=True)
    health = Health(footing, migrated_db.url("test_monitor"))
    run = migrated_db.admin.execute

    last = run("SELECT migration_id, checksum FROM footing.checksums ORDER BY seq DESC LIMIT 1").fetchone()
    assert last
    run("UPDATE footing.checksums SET checksum = repeat('0', 64) WHERE migration_id = %s", [last[0]])
    assert health.state("migrations") == "fail", "a file that is not the one that was applied"
    run("UPDATE footing.checksums SET checksum = %s WHERE migration_id = %s", [last[1], last[0]])
    run("UPDATE footing.checksums SET state = 'started' WHERE migration_id = %s", [last[0]])
    assert health()["checks"]["migrations"]["detail"] == f"pending: {last[0]}"
    run("UPDATE footing.checksums SET state = 'applied'")
    run("INSERT INTO footing.checksums (migration_id, checksum) VALUES ('9999_newer', repeat('0', 64))")
    assert health.state("migrations") == "warn", "an old release beside a new one goes on serving"
    run("DELETE FROM footing.checksums WHERE migration_id = '9999_newer'")
    assert health.state("migrations") == "ok"

    run(INVALID, [False])
    assert health()["checks"]["invalid_indexes"]["detail"] == "core.idx_projects_owner_id"
    assert health.state("invalid_indexes") == "fail"
    run(INVALID, [True])
    assert health.state("invalid_indexes") == "ok"

    months = (
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'core.audit_logs'::regclass"
    )
    for (name,) in sorted(run(months).fetchall())[2:]:
        run(f"DROP TABLE {name}")
    assert health.state("partitions") == "fail"
    assert health.state("partitions", "--limit", "partitions=1") == "warn"
    assert health.state("partitions", FOOTING_HEALTH_PARTITIONS="1") == "warn"
    run("SELECT ops.create_partitions_ahead()")
    assert health.state("partitions") == "ok"
    assert health.state("partitions", "--limit", "partitions=13") == "fail"

    run("CREATE MATERIALIZED VIEW atmosfera.scratch AS SELECT 1 AS n WITH NO DATA")
    run("ALTER MATERIALIZED VIEW atmosfera.scratch OWNER TO footing_owner")
    assert health.state("materialized_views") == "fail"
    run("REFRESH MATERIALIZED VIEW atmosfera.scratch")
    assert health.state("materialized_views") == "warn", "nobody has recorded when"
    run("SELECT ops.refresh_materialized_view('atmosfera.scratch')")
    assert health.state("materialized_views") == "ok"
    run("UPDATE ops.materialized_view_refreshes SET refreshed_at = refreshed_at - interval '45 min'")
    assert health.state("materialized_views") == "warn"
    assert health.state("materialized_views", "--limit", "materialized_views=600") == "fail"

    run(f"ALTER DATABASE {migrated_db.name} SET default_transaction_read_only = on")
    assert health.state("writable") == "fail"
    run(f"ALTER DATABASE {migrated_db.name} RESET default_transaction_read_only")
    run(f"ALTER ROLE test_monitor IN DATABASE {migrated_db.name} SET default_transaction_read_only = on")
    assert health.state("writable") == "ok", "one login that only reads is no trouble"
    for check in ("connections", "connect", "round_trip"):
        assert health.state(check, "--limit", f"{check}=0") == "fail", check
    assert health.state("wraparound", "--limit", "wraparound=-1") == "fail"


def test_what_cannot_be_asked_never_passes(
    migrated_db: Database, prepared_db: Database, footing: Footing, tmp_path: Any
) -> None:
    health = Health(footing, migrated_db.url("test_monitor"))
    migrated_db.admin.execute("REVOKE SELECT ON ops.metric_partitions FROM monitoring")

    assert health.state("partitions") == "unknown"
    assert health()["checks"]["partitions"]["detail"] == "permission denied for view metric_partitions"
    assert health.state("migrations", "--source", str(tmp_path)) == "unknown", (
        "there are no files to compare"
    )

    empty = Health(footing, prepared_db.url("test_monitor"))
    assert empty.state("partitions") == "unknown"
    assert empty.state("migrations") == "fail"


def test_who_follows_and_what_a_slot_keeps(make_server: Callable[..., Server], footing: Footing) -> None:
    server = make_server(archive_mode="on", archive_command="false")
    apply_bootstrap(server.url("postgres"))
    migrate_with_the_runner(server.url("postgres"), footing)
    health = Health(footing, server.url("postgres"))

    assert health.state("replicas") == "ok"
    assert health.state("replicas", "--limit", "replicas=1") == "fail"
    server.execute("SELECT pg_create_physical_replication_slot('gone', true)")
    server.execute("CREATE TABLE scratch AS SELECT md5(n::text) AS s FROM generate_series(1, 9000) AS n")
    assert health.state("slots", "--limit", "slots=100000") == "fail"
    server.execute("SELECT pg_drop_replication_slot('gone')")
    assert health.state("slots", "--limit", "slots=100000") == "ok"

    server.execute("SELECT pg_switch_wal()")
    wait_until(lambda: health.state("archiver") == "warn", 20, "the archiver did not fail")
    assert health.state("archiver", "--limit", "archiver=-1") == "fail"
    server.execute("ALTER SYSTEM SET archive_command = 'true'")
    server.execute("SELECT pg_reload_conf()")
    server.execute("SELECT pg_switch_wal()")
    wait_until(lambda: health.state("archiver") == "ok", 60, "it goes on failing")

    began = time.monotonic()
    os.kill(server.pid, signal.SIGSTOP)  # accepts connections, and answers none
    try:
        said = health("--timeout", "1")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert (said["exit_code"], said["state"]) == (8, "fail")
    assert time.monotonic() - began < 5


def test_a_server_that_never_answers_is_given_up(footing: Footing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        health = Health(footing, f"postgresql://nobody@127.0.0.1:{port}/nothing")
        began = time.monotonic()

        said = health("--timeout", "1")

        assert time.monotonic() - began < 5
    assert said["exit_code"] == 8
    assert said["checks"]["connect"]["state"] == "fail"
    assert {facts["state"] for name, facts in said["checks"].items() if name != "connect"} == {"unknown"}
    assert health("--timeout", "1")["exit_code"] == 8, "nobody listens now"


def test_a_server_that_stops_while_it_is_asked_is_given_up(
    migrated_db: Database, footing_popen: Callable[..., subprocess.Popen[str]]
) -> None:
    asking, pid = _asked_and_waiting(migrated_db, footing_popen)
    os.kill(pid, signal.SIGSTOP)
    try:
        told, _ = asking.communicate(timeout=15)
    finally:
        os.kill(pid, signal.SIGCONT)

    checks = json.loads(told)["checks"]
    assert asking.returncode == 1
    assert (checks["writable"]["state"], checks["partitions"]["state"]) == ("ok", "unknown")
    assert checks["partitions"]["detail"] == "no answer within 6 s"


def test_a_connection_that_is_lost_while_it_asks_leaves_the_rest_unknown(
    migrated_db: Database, footing_popen: Callable[..., subprocess.Popen[str]]
) -> None:
    asking, pid = _asked_and_waiting(migrated_db, footing_popen)
    migrated_db.admin.execute("SELECT pg_terminate_backend(%s)", [pid])
    told, said = asking.communicate(timeout=15)

    checks = json.loads(told)["checks"]
    assert (asking.returncode, said) == (1, "")
    assert "terminating connection" in checks["partitions"]["detail"]
    assert {checks[name]["state"] for name in ("partitions", "wraparound", "migrations")} == {"unknown"}


def _asked_and_waiting(
    db: Database, footing_popen: Callable[..., subprocess.Popen[str]]
) -> tuple[subprocess.Popen[str], int]:
    """Ask for health and hold it up at the partitions; return the process, and its session's pid."""
    other = db.connect(autocommit=False)
    other.execute("LOCK TABLE ops.partitioned_logs IN ACCESS EXCLUSIVE MODE")
    asking = footing_popen("health", "--timeout", "6", database=db.url("test_monitor"))
    waiting = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'footing health%'"
    waiting += " AND wait_event_type = 'Lock'"
    wait_until(lambda: db.admin.execute(waiting.encode()).fetchone() is not None, 6, "it does not wait")
    (pid,) = db.admin.execute(waiting.encode()).fetchone() or (0,)
    return asking, pid


def test_a_limit_that_is_none_is_refused(footing: Footing) -> None:
    for wrong in ("partition=3", "partitions", "partitions=many"):
        done = footing("health", "--limit", wrong, database="postgresql:///nowhere")
        assert done.returncode == 2, wrong
