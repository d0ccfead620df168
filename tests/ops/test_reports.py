"""Each report sees its trouble when it is made, and no longer when it is mended."""

import pytest
from psycopg import errors

from tests.support.database import Database
from tests.support.reports import ask
from tests.support.waiting import wait_until

SCRATCH = """
CREATE SCHEMA scratch AUTHORIZATION footing_owner;
SET ROLE footing_owner;
CREATE TABLE scratch.parent (id integer PRIMARY KEY);
CREATE TABLE scratch.child (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id integer REFERENCES scratch.parent (id),
    other integer,
    body text
) WITH (autovacuum_enabled = false);
RESET ROLE;
"""
FILLED = """
INSERT INTO scratch.child (other, body)
SELECT n, repeat('x', 100) FROM generate_series(1, 40000) AS n;
ANALYZE scratch.child;
"""


@pytest.fixture
def db(migrated_db: Database) -> Database:
    """A migrated database with a table to spoil, which autovacuum leaves alone."""
    migrated_db.admin.execute(SCRATCH)
    return migrated_db


def test_indexes_that_cost_and_give_nothing(db: Database) -> None:
    run = db.admin.execute
    run("CREATE INDEX used ON scratch.child (other)")
    run("CREATE INDEX twin ON scratch.child (other)")
    run("CREATE INDEX longer ON scratch.child (other, body)")
    run("CREATE INDEX downwards ON scratch.child (other DESC, body)")  # another order: no prefix of it
    run("CREATE INDEX child_id ON scratch.child (id)")
    run("CREATE INDEX supports ON scratch.child (parent_id)")

    assert [r["index"] for r in ask(db, "duplicate_indexes")] == ["child_id", "twin"]
    assert ask(db, "duplicate_indexes", index="child_id")[0]["same_as"] == "child_pkey"
    assert ask(db, "duplicate_indexes")[1]["advice"] == "DROP INDEX CONCURRENTLY scratch.twin;"
    assert {r["index"] for r in ask(db, "redundant_indexes", covered_by="longer")} == {"used", "twin"}
    assert not ask(db, "redundant_indexes", covered_by="downwards")
    unused = {r["index"]: r["advice"] for r in ask(db, "unused_indexes", schema="scratch")}
    assert set(unused) == {"used", "twin", "longer", "downwards", "child_id", "supports"}
    assert unused["supports"] == "keep: it finds the rows when a row of scratch.parent is deleted"
    assert unused["longer"] == "wait: counted for less than 30 days"

    run("DROP INDEX scratch.twin, scratch.longer, scratch.downwards, scratch.child_id")
    run("SET enable_seqscan = off")
    run("SELECT * FROM scratch.child WHERE other = 1")
    run("SELECT * FROM scratch.child WHERE parent_id = 1")
    run("SELECT pg_stat_force_next_flush()")
    assert not ask(db, "duplicate_indexes")
    assert not ask(db, "redundant_indexes")
    assert not ask(db, "unused_indexes", schema="scratch")


def test_an_index_that_is_missing(db: Database) -> None:
    run = db.admin.execute
    run(FILLED)
    run("SET max_parallel_workers_per_gather = 0")
    for n in range(12):
        run("SELECT body FROM scratch.child WHERE other = %s", [n])
    run("SELECT pg_stat_force_next_flush()")

    (row,) = ask(db, "missing_indexes")
    assert (row["table"], row["sequential_scans"] >= 10, row["rows_per_scan"] > 30000) == (
        "child",
        True,
        True,
    )
    (key,) = ask(db, "foreign_keys_without_index")
    assert (key["foreign_key"], key["columns"]) == ("child_parent_id_fkey", "parent_id")

    run("CREATE INDEX idx_child_other ON scratch.child (other)")
    run(key["advice"])  # as it stands
    run("SELECT pg_stat_reset_single_table_counters('scratch.child'::regclass)")
    assert not ask(db, "missing_indexes")
    assert not ask(db, "foreign_keys_without_index")


def test_what_was_begun_and_never_finished(db: Database) -> None:
    run = db.admin.execute
    run("INSERT INTO scratch.child (other) VALUES (1), (1)")
    with pytest.raises(Exception, match="could not create unique index"):
        run("CREATE UNIQUE INDEX CONCURRENTLY child_other ON scratch.child (other)")
    run("ALTER TABLE scratch.child ADD CONSTRAINT child_check CHECK (other < 9) NOT VALID")

    rows = {row["name"]: row["advice"] for row in ask(db, "invalid_indexes")}
    assert set(rows) == {"child_other", "child_check"}

    run("UPDATE scratch.child SET other = id")
    for advice in rows.values():
        run(advice.encode())
    assert not ask(db, "invalid_indexes")


def test_room_that_no_row_needs(db: Database) -> None:
    run = db.admin.execute
    run(FILLED)
    run("CREATE INDEX idx_child_other ON scratch.child (other)")
    run("ANALYZE scratch.child")
    assert not ask(db, "table_bloat"), "a table just filled is not bloated"
    assert not ask(db, "index_bloat"), "nor are its indexes"
    (size,) = ask(db, "table_sizes", table="child")
    assert size["bytes"] > 5_000_000
    assert ask(db, "index_sizes", index="idx_child_other")[0]["bytes"] > 500_000

    run("DELETE FROM scratch.child WHERE id % 10 <> 0")
    run("SELECT pg_stat_force_next_flush()")
    (late,) = ask(db, "vacuum_age", table="child")
    assert late["dead_rows"] == 36000
    assert late["advice"] == "VACUUM (ANALYZE) scratch.child;"
    run(late["advice"].encode())
    run("SELECT pg_stat_force_next_flush()")
    assert not ask(db, "vacuum_age", table="child")

    (bloat,) = ask(db, "table_bloat", table="child")
    assert 0.8 < bloat["wasted_ratio"] < 1
    bloated = {row["index"]: row for row in ask(db, "index_bloat")}
    assert not bloated, "below a megabyte an index is not worth a line"

    run("INSERT INTO scratch.child (other) SELECT n FROM generate_series(1, 200000) AS n")
    run("DELETE FROM scratch.child WHERE id % 10 <> 0")
    run("VACUUM (ANALYZE) scratch.child")
    bloated = {row["index"]: row["advice"] for row in ask(db, "index_bloat")}
    assert set(bloated) == {"child_pkey", "idx_child_other"}
    for advice in bloated.values():
        run(advice.encode())
    run("VACUUM (FULL, ANALYZE) scratch.child")
    assert not ask(db, "index_bloat")
    assert not ask(db, "table_bloat")

    run("DROP TABLE scratch.child")
    assert not ask(db, "table_sizes", table="child")
    assert not ask(db, "index_sizes", table="child")


def test_growth_between_two_days(db: Database) -> None:
    run = db.admin.execute
    run("SELECT ops.record_sizes()")
    assert not ask(db, "growth"), "one day says nothing"
    run("UPDATE ops.relation_sizes SET taken_on = taken_on - 10")
    run(FILLED)
    run("SELECT ops.record_sizes()")
    run("SELECT ops.record_sizes()")  # again the same day: no second row

    (row,) = ask(db, "growth", table="child")
    assert row["rows_more"] >= 40000
    assert row["grew"].endswith("kB")
    assert not ask(db, "growth", table="parent")

    run("DROP TABLE scratch.child")
    run("DELETE FROM ops.relation_sizes WHERE relation_name = 'child'")
    assert not ask(db, "growth", table="child")
    run("UPDATE ops.relation_sizes SET taken_on = taken_on - 500")
    run("SELECT ops.record_sizes()")
    kept = run("SELECT count(*) FROM ops.relation_sizes WHERE taken_on < current_date - 400").fetchone()
    assert kept == (0,), "what is older than 400 days goes"


def test_statements_that_are_slow_frequent_or_read_much(db: Database) -> None:
    run = db.admin.execute
    run(FILLED)
    run("SELECT extensions.pg_stat_statements_reset()")
    run("SELECT count(*) AS slow FROM scratch.child a, scratch.child b WHERE a.id < 300 AND b.id < 9000")
    for n in range(40):
        run(f"SELECT body AS often FROM scratch.child WHERE id = {n}")
    run("SET work_mem = '64kB'")
    run("SELECT other AS spilled FROM scratch.child ORDER BY body, other DESC OFFSET 39999")
    run("COMMENT ON TABLE scratch.child IS 'nothing'")
    run("CREATE ROLE scratch_secret PASSWORD 'hunter22'")
    run("DROP ROLE scratch_secret")
    run("SELECT pg_stat_force_next_flush()")

    slow = ask(db, "slowest_statements")
    assert any("AS slow" in row["statement"] for row in slow[:4]), slow
    (often,) = [row for row in ask(db, "frequent_statements") if "AS often" in row["statement"]]
    assert (often["calls"], often["rows_per_call"]) == (40, 1)
    (spilled,) = [row for row in ask(db, "io_statements") if "AS spilled" in row["statement"]]
    assert spilled["temp_blocks"] > 100
    assert ask(db, "temporary_files", database=db.name)[0]["files"] > 0
    every = [
        row["statement"] for name in ("slowest_statements", "frequent_statements") for row in ask(db, name)
    ]
    assert not any("hunter22" in statement for statement in every)
    assert any("hidden" in row for row in every)

    run("SELECT extensions.pg_stat_statements_reset()")
    run("SELECT pg_stat_reset()")
    assert not [row for row in ask(db, "io_statements") if "scratch.child" in row["statement"]]
    assert not [row for row in ask(db, "slowest_statements") if "scratch.child" in row["statement"]]
    assert not [row for row in ask(db, "frequent_statements") if "scratch.child" in row["statement"]]
    assert not ask(db, "temporary_files", database=db.name)


def test_blocks_that_come_from_outside_the_cache(db: Database) -> None:
    run = db.admin.execute
    run("INSERT INTO scratch.child (body) SELECT repeat('x', 1000) FROM generate_series(1, 60000)")
    run("VACUUM FULL scratch.child")  # writes round shared_buffers
    run("SELECT pg_stat_reset()")
    run("SET max_parallel_workers_per_gather = 0")
    run("SELECT sum(length(body)) FROM scratch.child")
    run("SELECT pg_stat_force_next_flush()")

    (row,) = ask(db, "cache_hits", name="child")
    assert row["misses"] > 1000
    assert row["advice"].startswith("see io_statements")
    assert ask(db, "cache_hits", kind="database")[0]["name"] == db.name

    run("SELECT pg_stat_reset_single_table_counters('scratch.child'::regclass)")
    assert not ask(db, "cache_hits", name="child")


def test_who_waits_for_whom(db: Database) -> None:
    db.admin.execute("INSERT INTO scratch.parent VALUES (1)")
    holder = db.connect(autocommit=False)
    holder.execute("UPDATE scratch.parent SET id = id")
    waiting = [db.connect(autocommit=False) for _ in range(2)]
    for session in waiting:
        session.pgconn.send_query(b"BEGIN; LOCK TABLE scratch.parent IN ACCESS EXCLUSIVE MODE")
    pids = [session.info.backend_pid for session in waiting]
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s) AND wait_event_type = 'Lock'"
    wait_until(lambda: db.admin.execute(blocked, [pids]).fetchone() == (2,), 10, "they do not wait")

    rows = ask(db, "locks")
    root = rows[0]
    assert (root["pid"], root["waits_for"]) == (holder.info.backend_pid, None)
    assert root["advice"] == f"SELECT pg_terminate_backend({root['pid']});"
    assert {row["pid"] for row in rows[1:]} == set(pids)
    assert {row["lock_on"] for row in rows[1:]} == {"scratch.parent"}
    assert all(row["advice"] is None for row in rows[1:]), "ending who waits helps nobody"
    assert ask(db, "idle_transactions", pid=root["pid"])[0]["tables_locked"] >= 1
    assert ask(db, "long_transactions", pid=root["pid"])[0]["state"] == "idle in transaction"

    holder.rollback()
    for session in waiting:
        session.close()
    gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)"
    wait_until(lambda: db.admin.execute(gone, [pids]).fetchone() == (0,), 10, "they do not end")
    assert not ask(db, "locks")
    assert not ask(db, "idle_transactions", pid=root["pid"])
    assert not ask(db, "long_transactions", pid=root["pid"])


def test_sequences_that_run_out(db: Database) -> None:
    run = db.admin.execute
    (row,) = ask(db, "sequences", sequence="child_id_seq")
    assert (row["type"], row["limit"], row["advice"]) == ("integer", 2147483647, None)

    run("SELECT setval('scratch.child_id_seq', 2000000000)")
    first = ask(db, "sequences")[0]
    assert (first["sequence"], f"{first['used']:.2f}") == ("child_id_seq", "0.93")
    assert first["advice"] == "widen the column now: expand and contract"

    run("ALTER SEQUENCE scratch.child_id_seq AS bigint")
    assert ask(db, "sequences")[0]["used"] > 0.9, "the sequence is wide now, its column still is not"
    run("ALTER TABLE scratch.child ALTER id TYPE bigint")
    (row,) = ask(db, "sequences", sequence="child_id_seq")
    assert (row["used"] < 0.001, row["advice"]) == (True, None)


def test_months_that_have_no_partition(db: Database) -> None:
    run = db.admin.execute
    late = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'core.audit_logs'::regclass"
    for (name,) in sorted(run(late).fetchall())[2:]:
        run(f"DROP TABLE {name}")

    first = ask(db, "partitions")[0]
    assert (first["table"], first["months_ahead"], first["advice"]) == ("audit_logs", 1, "footing migrate")

    run("SET ROLE footing_owner")
    run("SELECT ops.create_partitions_ahead()")
    run("RESET ROLE")
    assert ask(db, "partitions", table="audit_logs")[0]["advice"] is None


def test_figures_that_grow_old(db: Database) -> None:
    run = db.admin.execute
    run("CREATE MATERIALIZED VIEW scratch.mv AS SELECT 1 / count(*) AS n FROM scratch.parent WITH NO DATA")
    run("ALTER MATERIALIZED VIEW scratch.mv OWNER TO footing_owner")
    assert "until" in ask(db, "materialized_views", view="mv")[0]["advice"]
    run("SELECT ops.refresh_materialized_view('scratch.mv')")
    failed = ask(db, "materialized_views")[0]
    assert (failed["view"], "division by zero" in failed["error"]) == ("mv", True)

    run("INSERT INTO scratch.parent VALUES (1)")
    run("SELECT ops.refresh_materialized_view('scratch.mv')")
    (row,) = ask(db, "materialized_views", view="mv")
    assert (row["error"], row["advice"]) == (None, None)
    run("UPDATE ops.materialized_view_refreshes SET refreshed_at = refreshed_at - interval '2 hours'")
    assert ask(db, "materialized_views", view="mv")[0]["advice"] == "footing refresh"


PREDICTED = """
INSERT INTO webtest.predictions
    (model_id, features, prediction, confidence, ground_truth, latency_ms, created_at)
SELECT m.id, '{}', 1, %(confidence)s, CASE WHEN n %% 10 < %(right)s THEN 1 ELSE 0 END, 5,
    now() - %(days_ago)s * interval '1 day'
FROM webtest.ml_models AS m
CROSS JOIN generate_series(1, 200) AS n
"""


def test_a_model_that_drifts(db: Database) -> None:
    run = db.admin.execute
    run("SELECT ops.create_partition('webtest.predictions', (now() - interval '1 month' * n)::date)"
        " FROM generate_series(1, 2) AS n")  # fmt: skip
    run("INSERT INTO core.users (username, email, password_hash) VALUES ('olive', 'o@example.com', 'hash')")
    run("INSERT INTO core.projects (name, owner_id) SELECT 'Apollo', id FROM core.users")
    run(
        "INSERT INTO webtest.ml_models"
        " (model_id, project_id, name, version, model_type, framework, metrics, artifact_path)"
        " SELECT 'MODEL-000001', id, 'm', '1', 'analysis', 'torch', '{}', '/m' FROM core.projects"
    )
    refresh = "SELECT ops.refresh_materialized_view('ops.model_days')"

    run(PREDICTED, {"confidence": 0.92, "right": 9, "days_ago": 15})
    run(refresh)
    (row,) = ask(db, "model_drift")
    assert (row["model"], row["predictions"], row["advice"]) == ("MODEL-000001", 0, "it has fallen silent")

    run(PREDICTED, {"confidence": 0.92, "right": 9, "days_ago": 1})
    run(refresh)
    (row,) = ask(db, "model_drift")
    assert (str(row["accuracy"]), str(row["confidence"])) == ("0.900", "0.920")
    assert (row["stability_index"], row["advice"]) == (0, None)

    run(PREDICTED, {"confidence": 0.55, "right": 5, "days_ago": 2})
    run(refresh)
    (row,) = ask(db, "model_drift")
    assert (str(row["accuracy"]), str(row["accuracy_before"])) == ("0.700", "0.900")
    assert row["stability_index"] > 0.25
    assert row["advice"] == "less accurate: train it anew, or retire it"

    run("SET session_replication_role = replica")  # nothing else may delete a prediction
    run("DELETE FROM webtest.predictions WHERE confidence < 0.6")
    run(refresh)
    assert ask(db, "model_drift")[0]["advice"] is None
    with db.session("monitoring") as monitor, pytest.raises(errors.InsufficientPrivilege):
        monitor.execute("SELECT * FROM webtest.predictions")
