"""Server, exporter and Prometheus run; trouble is made, alerts fire; it is mended, and they stop."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ops.backup import metrics
from ops.backup.check import Outcome
from ops.backup.pgbackrest import Backup
from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.pgbouncer import transaction_pooler
from tests.support.prometheus import (
    Prometheus,
    exporting,
    exporting_files,
    exporting_pool,
    exporting_sql,
    scraping,
)
from tests.support.receiver import receiving
from tests.support.waiting import wait_until
from tools.dashboard.picture import expressions, panels

pytestmark = pytest.mark.timeout(300)

TROUBLE = """
CREATE SCHEMA scratch AUTHORIZATION footing_owner;
SET ROLE footing_owner;
CREATE TABLE scratch.child (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n integer);
INSERT INTO scratch.child (n) VALUES (1), (1);
SELECT setval('scratch.child_id_seq', 2000000000);
CREATE MATERIALIZED VIEW scratch.never AS SELECT 1 AS n WITH NO DATA;
CREATE MATERIALIZED VIEW scratch.failing AS
    SELECT 1 / count(*) AS n FROM scratch.child WHERE n = 2 WITH NO DATA;
CREATE MATERIALIZED VIEW scratch.old AS SELECT 1 AS n;
SELECT ops.refresh_materialized_view('scratch.failing'), ops.refresh_materialized_view('scratch.old');
UPDATE ops.materialized_view_refreshes SET refreshed_at = now() - interval '2 hours'
    WHERE view_name = 'old';
ALTER TABLE core.projects DISABLE ROW LEVEL SECURITY;
ALTER TABLE core.projects DISABLE TRIGGER tg__audit;
RESET ROLE;
UPDATE footing.checksums SET state = 'started' WHERE seq = (SELECT max(seq) FROM footing.checksums);
SELECT pg_create_physical_replication_slot('gone', true);
ALTER SYSTEM SET max_connections = 31;
SELECT pg_reload_conf();
SELECT pg_switch_wal();
"""
MENDED = """
UPDATE footing.checksums SET state = 'applied';
ALTER TABLE core.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE core.projects ENABLE TRIGGER tg__audit;
DROP SCHEMA scratch CASCADE;
DELETE FROM ops.materialized_view_refreshes WHERE schema_name = 'scratch';
SELECT pg_drop_replication_slot('gone');
SELECT ops.create_partitions_ahead();
ALTER SYSTEM RESET ALL;
ALTER SYSTEM SET archive_command = 'true';
SELECT pg_reload_conf();
SELECT pg_switch_wal();
"""
PREDICTIONS = """
INSERT INTO core.users (username, email, password_hash) VALUES ('olive', 'olive@example.com', 'hash');
INSERT INTO core.projects (name, owner_id) SELECT 'Apollo', id FROM core.users;
INSERT INTO webtest.ml_models
    (model_id, project_id, name, version, model_type, framework, metrics, artifact_path)
    SELECT 'MODEL-000001', id, 'm', '1', 'analysis', 'torch', '{}', '/m' FROM core.projects;
SELECT ops.create_partition('webtest.predictions', (now() - interval '1 month')::date);
INSERT INTO webtest.predictions
    (model_id, features, prediction, confidence, ground_truth, latency_ms, created_at)
    SELECT m.id, '{}', 1, 0.9, CASE WHEN d > 5 OR n % 2 = 0 THEN 1 ELSE 0 END, 5,
        now() - d * interval '1 day'
    FROM webtest.ml_models AS m, generate_series(1, 40) AS n, (VALUES (1), (15)) AS days (d);
SELECT ops.refresh_materialized_view('ops.model_days');
"""
EXPECTED = {
    "FootingModelLessAccurate",
    "FootingModelOverconfident",
    "FootingConnectionsHigh",
    "FootingConnectionsFull",
    "FootingRestartPending",
    "FootingSequenceHigh",
    "FootingSequenceExhausted",
    "FootingPartitionsShort",
    "FootingPartitionsLate",
    "FootingRefreshFailed",
    "FootingViewNeverFilled",
    "FootingFiguresOld",
    "FootingInvalidIndex",
    "FootingRowSecurityOff",
    "FootingTriggerDisabled",
    "FootingSlotInactive",
    "FootingArchiverFails",
    "FootingMigrationUnfinished",
}


def test_alerts_fire_at_real_trouble_and_stop_when_it_is_mended(
    make_db: Callable[..., Database], footing: Footing, tmp_path: Path, require: Callable[[str], None]
) -> None:
    for component in ("prometheus", "postgres_exporter", "node_exporter", "pgbouncer"):
        require(component)
    db = make_db(max_connections="30", archive_mode="on", archive_command="false")
    footing("refresh", database=db.url("test_deploy"), check=True)
    with (
        exporting(db.url("test_monitor")) as port,
        transaction_pooler(db.server, "footing", "test_app") as pool,
        exporting_pool(conninfo_to_dict(pool)["port"]) as pool_port,
        exporting_files(_backups_as_told(tmp_path / "metrics")) as node_port,
        scraping(tmp_path, {"footing": port, "footing_pool": pool_port, "node": node_port}) as prometheus,
    ):
        with psycopg.connect(pool, prepare_threshold=None) as client:
            _every_panel_has_data(db, prometheus, client)
        before = prometheus.firing()

        with _trouble(db):
            missing = EXPECTED - {"FootingLockWaitLong"}
            wait_until(
                lambda: missing <= prometheus.firing(), 60, lambda: f"{missing - prometheus.firing()}"
            )
            waiting = 'footing_sessions_waiting_for_lock{datname="footing"} == 1'
            wait_until(lambda: bool(prometheus.query(waiting)), 30, "nobody waits for a lock")

        quiet = EXPECTED - before - {"FootingModelLessAccurate", "FootingModelOverconfident"}
        wait_until(lambda: not quiet & prometheus.firing(), 60, lambda: f"{quiet & prometheus.firing()}")

        db.close()
        db.server.stop("immediate")
        # Scraped every second, the exporter has no time to say pg_up 0 before it is given up.
        noticed = {"FootingServerDown", "FootingScrapeFails"}
        wait_until(lambda: bool(noticed & prometheus.firing()), 60, "nobody noticed that it is down")
    assert len(EXPECTED) >= 10


def _backups_as_told(folder: Path) -> Path:
    """Write what a check of the backups writes; tests/backup has real ones."""
    folder.mkdir()
    now = datetime.now(UTC)
    backup = Backup(
        "20261121-020000F", "full", now, now, size=1_000_000, stored=100_000, broken_pages=False
    )
    metrics.write_backups(folder, [backup])
    metrics.write_outcome(folder, Outcome("backups", True, "one"))
    return folder


@contextlib.contextmanager
def _trouble(db: Database) -> Iterator[None]:
    run = db.admin.execute
    _run_each(db, TROUBLE)
    with contextlib.suppress(psycopg.errors.UniqueViolation):
        run("CREATE UNIQUE INDEX CONCURRENTLY child_n ON scratch.child (n)")
    months = (
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'core.audit_logs'::regclass"
    )
    for (name,) in sorted(run(months).fetchall())[2:]:
        run(f"DROP TABLE {name}")
    holder = db.connect(autocommit=False)
    holder.execute("LOCK TABLE core.users IN ACCESS EXCLUSIVE MODE")
    waiter = db.connect()
    waiter.pgconn.send_query(b"SELECT count(*) FROM core.users")
    room = run("SELECT connections_limit - connections_used FROM ops.metric_server").fetchone() or (0,)
    many = [db.connect("test_app") for _ in range(room[0] - 2)]
    try:
        yield
    finally:
        for session in (holder, waiter, *many):
            session.close()
    _run_each(db, MENDED)


def _run_each(db: Database, script: str) -> None:
    for statement in script.strip().split(";\n"):
        db.admin.execute(statement.encode())


def _every_panel_has_data(db: Database, prometheus: Prometheus, client: psycopg.Connection) -> None:
    db.admin.execute("SELECT pg_create_physical_replication_slot('panel', true)")
    db.admin.execute("CREATE MATERIALIZED VIEW atmosfera.panel AS SELECT 1 AS n")
    db.admin.execute("ALTER MATERIALIZED VIEW atmosfera.panel OWNER TO footing_owner")
    db.admin.execute("SELECT ops.refresh_materialized_view('atmosfera.panel')")
    _run_each(db, PREDICTIONS)
    with receiving(db.server, "panel"):
        asked = {
            f"{panel['title']}: {expression}": expression
            for panel in panels()
            for expression in expressions(panel, "10s")
        }
        empty = set(asked)

        def answered() -> bool:
            client.execute("SELECT")
            client.commit()
            empty.difference_update([title for title in empty if prometheus.query(asked[title])])
            return not empty

        wait_until(answered, 90, lambda: "no data for " + "; ".join(sorted(empty)))
    db.admin.execute("DROP MATERIALIZED VIEW atmosfera.panel")
    db.admin.execute("DELETE FROM ops.materialized_view_refreshes WHERE view_name = 'panel'")
    dropped = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active"
    wait_until(lambda: db.admin.execute(dropped.encode()).fetchone() is not None, 20, "the slot stays")


def test_both_exporters_give_metrics_the_same_names(
    migrated_db: Database, tmp_path: Path, require: Callable[[str], None]
) -> None:
    for component in ("prometheus", "postgres_exporter", "sql_exporter"):
        require(component)
    url = migrated_db.url("test_monitor")
    names = 'count by (__name__) ({{__name__=~"footing_[a-z]+_.*", job="{}"}})'
    with (
        exporting(url) as port,
        exporting_sql(url, tmp_path) as sql_port,
        scraping(tmp_path, {"footing": port, "footing_sql": sql_port}) as prometheus,
    ):

        def named(job: str) -> set[str]:
            return {sample["metric"]["__name__"] for sample in prometheus.query(names.format(job))}

        wait_until(
            lambda: len(named("footing")) > 70 and named("footing") == named("footing_sql"),
            60,
            lambda: f"{named('footing') ^ named('footing_sql')}",
        )
        labels = prometheus.query('footing_partitions_months_ahead{job="footing_sql"}')[0]["metric"]
        assert set(labels) == {"__name__", "instance", "job", "schema", "table"}
