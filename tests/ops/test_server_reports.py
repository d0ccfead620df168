"""Reports about a whole server, each on one of the test's own, because the trouble is the server's."""

import contextlib
import signal
from collections.abc import Callable

import psycopg

from tests.support.ageing import burn_transactions
from tests.support.database import Database
from tests.support.receiver import receiving
from tests.support.reports import ask
from tests.support.waiting import wait_until


def test_wal_that_does_not_reach_its_archive_or_its_follower(make_db: Callable[..., Database]) -> None:
    db = make_db(archive_mode="on", archive_command="false", max_prepared_transactions="2")
    run = db.admin.execute
    run("SELECT pg_create_physical_replication_slot('gone', true)")
    run("SELECT pg_switch_wal()")
    wait_until(lambda: bool(ask(db, "archiver")[0]["failing"]), 20, "the archiver did not fail")

    (archiver,) = ask(db, "archiver")
    assert archiver["waiting"] >= 1
    assert archiver["advice"] == "archive_command fails: see the server's log"
    (slot,) = ask(db, "replication_slots")
    assert (slot["slot_name"], slot["active"]) == ("gone", False)
    assert slot["advice"].endswith("SELECT pg_drop_replication_slot('gone');")
    assert ask(db, "replication") == []

    run("ALTER SYSTEM SET archive_command = 'true'")
    run("SELECT pg_reload_conf()")
    run("SELECT pg_switch_wal()")
    wait_until(lambda: not ask(db, "archiver")[0]["failing"], 60, "it goes on failing")
    assert ask(db, "archiver")[0]["advice"] is None
    with receiving(db.server, "gone") as receiver:
        wait_until(lambda: ask(db, "replication_slots")[0]["active"], 20, "it does not connect")
        assert ask(db, "replication_slots")[0]["advice"] is None
        caught_up = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn) < 1e6 FROM pg_stat_replication"
        run("SELECT pg_switch_wal()")
        wait_until(lambda: run(caught_up).fetchone() == (True,), 30, "it does not catch up")
        receiver.send_signal(signal.SIGSTOP)
        run(
            "CREATE TABLE public.big AS"
            " SELECT repeat(md5(n::text), 30) AS s FROM generate_series(1, 130000) AS n"
        )
        (follower,) = ask(db, "replication")
        assert follower["bytes_behind"] > 100 * 1024 * 1024
        assert follower["advice"] == "more than 100 MB behind: do not fail over to it"
        receiver.send_signal(signal.SIGCONT)
        run("SELECT pg_switch_wal()")
        wait_until(lambda: run(caught_up).fetchone() == (True,), 60, "it does not catch up again")
        assert ask(db, "replication")[0]["advice"] is None

    run("CREATE TABLE public.small ()")
    _prepare(db, "forgotten")
    (prepared,) = ask(db, "long_transactions", state="prepared")
    assert prepared["statement"] == "forgotten"
    waiter = db.connect()
    waiter.pgconn.send_query(b"DROP TABLE public.small")
    wait_until(lambda: bool(ask(db, "locks")), 10, "nothing waits")
    assert ask(db, "locks")[0]["role"] == "(prepared transaction)"
    run("ROLLBACK PREPARED 'forgotten'")
    assert ask(db, "long_transactions", state="prepared") == []


def _prepare(db: Database, name: str) -> None:
    with db.connect(autocommit=True) as session:
        session.execute("BEGIN")
        session.execute("LOCK TABLE public.small")
        session.execute(f"PREPARE TRANSACTION '{name}'")


def test_what_a_whole_server_runs_short_of(make_db: Callable[..., Database]) -> None:
    db = make_db(
        max_connections="42",
        superuser_reserved_connections="2",
        autovacuum_freeze_max_age="2000000000",
        autovacuum_naptime="1h",
        log_statement="all",
        log_lock_waits="on",
        password_encryption="md5",  # noqa: S106  (a method)
    )
    run = db.admin.execute

    # settings
    found = {row["name"]: row for row in ask(db, "settings")}
    assert {"fsync", "log_statement", "password_encryption"} <= set(found)
    assert "log_lock_waits" not in found
    assert found["fsync"]["level"] == "1 danger"
    run("ALTER SYSTEM SET log_statement = 'ddl'")
    run("ALTER SYSTEM SET max_connections = 43")
    run("SELECT pg_reload_conf()")
    wait_until(lambda: not ask(db, "settings", name="log_statement"), 10, "the setting stays")
    wait_until(lambda: bool(ask(db, "settings", name="max_connections")), 10, "no restart is asked for")
    assert ask(db, "settings", name="max_connections")[0]["advice"].startswith("restart the server")

    # connections: forty for ordinary logins, two of them left for whoever asks
    many = [db.connect("test_app") for _ in range(36)]
    server = ask(db, "connections")[0]
    assert (server["role"], server["used"] > 0.9) == ("(server)", True)
    assert server["advice"] == "almost full: end idle sessions, use the pooler"
    assert ask(db, "connections", role="test_app")[0]["connections"] == 36
    for session in many:
        session.close()
    wait_until(lambda: ask(db, "connections")[0]["advice"] is None, 10, "they stay")

    # checkpoints
    for _ in range(12):
        run("CHECKPOINT")
    assert ask(db, "checkpoints")[0]["advice"] == "raise max_wal_size"
    for counters in ("checkpointer", "bgwriter"):
        with contextlib.suppress(psycopg.errors.InvalidParameterValue):  # 15 and 16 have only the second
            run(f"SELECT pg_stat_reset_shared('{counters}')")
    assert ask(db, "checkpoints")[0]["advice"] is None

    # the size of each database
    big = {row["database"]: row["bytes"] for row in ask(db, "database_sizes")}
    run("CREATE TABLE public.big AS SELECT repeat('x', 1000) AS s FROM generate_series(1, 4000)")
    grown = {row["database"]: row["bytes"] for row in ask(db, "database_sizes")}
    assert grown["footing"] > big["footing"] + 3_000_000
    run("DROP TABLE public.big")
    assert ask(db, "database_sizes", this_one=True)[0]["bytes"] < grown["footing"]

    # wraparound: 1.2 of 2.1 billion transactions, all at once
    assert not [row for row in ask(db, "wraparound") if row["advice"]]
    burn_transactions(db.server, 1_200_000_000)
    del db.admin
    old = ask(db, "wraparound", kind="database", name="footing")[0]
    assert old["used"] > 0.55
    assert old["advice"] == "vacuumdb --freeze footing"
    table = ask(db, "wraparound", kind="table")[0]
    assert table["advice"] == f"VACUUM (FREEZE, VERBOSE) {table['name']};"
    db.admin.execute("VACUUM (FREEZE)")
    assert ask(db, "wraparound", kind="database", name="footing")[0]["advice"] is None
