"""A standby made, read and promoted, and the old primary made its standby, as docs/replication.md says."""

import contextlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import server_version
from tests.support.documented import blocks
from tests.support.footing import Footing
from tests.support.operations import DATABASE, Provisioned
from tests.support.pair import PAGE, Member, Pair, running_pair
from tests.support.require import require as needs
from tests.support.waiting import wait_until
from tests.webtest.conftest import Bench

pytestmark = pytest.mark.xdist_group("replication")

UNSAFE, NO_PRIMARY = 7, 8
RUN = {"apollo": "A run of Apollo", "borealis": "A run of Borealis"}
WRITING = ("migrate", "rollback", "maintain", "refresh", "adopt --to 1", "bootstrap")
READING = ("status", "plan", "verify")


@pytest.fixture(scope="module")
def pair(server_bindir: Path) -> Iterator[Pair]:
    """A primary and its standby; the tests below go on from each other."""
    needs("psql")
    needs("openssl")
    with running_pair(server_version(), server_bindir) as made:
        yield made


@pytest.fixture(scope="module")
def bench(pair: Pair) -> Bench:
    """Two tenants with a run each, on both servers."""
    made = Bench(pair.first.at)  # type: ignore[arg-type]  (of a database it needs `admin` only)
    made.execution(RUN["apollo"], user_id=made.editor)
    made.execution(RUN["borealis"], test_id=made.foreign_case, user_id=made.outsider)
    pair.wait_until_replayed(pair.second)
    return made


def _runs(at: Provisioned, person: int | None) -> set[str]:
    with psycopg.connect(at.url("webtest_app")) as app:
        app.execute("SELECT set_config('app.user_id', %s, true)", [str(person or "")])
        return {name for (name,) in app.execute("SELECT execution_id FROM test_executions")}


def _health(footing: Footing, member: Member, *args: str) -> dict[str, Any]:
    done = footing("health", "--timeout", "20", *args, database=member.at.url("footing_monitor"))
    return dict(json.loads(done.stdout))


def _report(footing: Footing, member: Member) -> list[dict[str, Any]]:
    url = member.at.url("footing_monitor")
    done = footing("report", "replication", "--json", database=url, check=True)
    return list(json.loads(done.stdout)["reports"]["replication"]["rows"])


def _is_behind(footing: Footing, member: Member) -> bool:
    return float(_report(footing, member)[0]["bytes_behind"]) > 3e6


def test_every_command_of_the_page_is_run_here() -> None:
    assert {heading: len(found) for heading, found in blocks(PAGE).items()} == {
        "A standby is made": 2,
        "The primary is lost": 1,
        "The old primary comes back": 1,
    }


def test_a_standby_follows_by_a_slot_of_its_own(pair: Pair) -> None:
    assert pair.document("A standby is made", pair.second, block=1) == "streaming\n"
    slots = "SELECT slot_name, active, wal_status FROM pg_replication_slots"
    assert pair.first.at.admin.execute(slots).fetchall() == [("db2", True, "reserved")]
    encrypted = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_replication USING (pid)"
    assert pair.first.value(encrypted) is (pair.first.at.authority is not None)


def test_a_standby_shows_each_tenant_its_own_and_takes_no_write(pair: Pair, bench: Bench) -> None:
    seen = {
        part: _runs(pair.second.at, person)
        for part, person in (("editor", bench.editor), ("outsider", bench.outsider), ("nobody", None))
    }

    assert seen == {"editor": {RUN["apollo"]}, "outsider": {RUN["borealis"]}, "nobody": set()}
    assert pair.second.value("SELECT count(*) FROM webtest.test_executions") == 2
    with (
        psycopg.connect(pair.second.at.url("webtest_app")) as app,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        app.execute("DELETE FROM test_executions")


def test_health_tells_a_load_balancer_which_of_them_takes_writes(pair: Pair, footing: Footing) -> None:
    footing("refresh", database=pair.first.at.url("footing_deploy"), check=True)
    pair.wait_until_replayed(pair.second)

    primary, standby = (_health(footing, member) for member in (pair.first, pair.second))
    reader = _health(footing, pair.second, "--limit", "writable=1")

    writable = {"primary": primary["checks"]["writable"], "standby": standby["checks"]["writable"]}
    assert {who: (facts["state"], facts["detail"]) for who, facts in writable.items()} == {
        "primary": ("ok", "a primary"),
        "standby": ("fail", "a standby"),
    }
    assert (primary["exit_code"], standby["exit_code"], reader["exit_code"]) == (0, 1, 0), reader
    assert _health(footing, pair.first, "--limit", "replicas=1")["checks"]["replicas"]["detail"] == "db2"


def test_reports_and_health_tell_on_both_how_far_behind_it_is(pair: Pair, footing: Footing) -> None:
    (follower,), (itself,) = _report(footing, pair.first), _report(footing, pair.second)
    assert (follower["follower"], follower["state"], follower["advice"]) == ("db2", "streaming", None)
    assert (itself["follower"], itself["state"], itself["advice"]) == ("(this standby)", "streaming", None)

    pair.second.at.admin.execute("SELECT pg_wal_replay_pause()")
    pair.first.at.admin.execute(
        "CREATE TABLE public.big AS SELECT repeat(md5(n::text), 30) AS s FROM generate_series(1, 4000) AS n"
    )
    for member in (pair.first, pair.second):
        wait_until(partial(_is_behind, footing, member), 20, f"{member.name} does not tell")
    limit = ("--limit", "writable=1", "--limit", "replication=1e6")
    behind = _health(footing, pair.second, *limit)
    assert (behind["exit_code"], behind["checks"]["replication"]["state"]) == (1, "fail"), behind
    assert _report(footing, pair.second)[0]["advice"].startswith("replay is paused")
    pair.second.at.admin.execute("SELECT pg_wal_replay_resume()")
    pair.first.at.admin.execute("DROP TABLE public.big")
    pair.wait_until_replayed(pair.second)
    assert _health(footing, pair.second, *limit)["exit_code"] == 0


def test_vacuum_spares_what_a_query_on_the_standby_may_see(pair: Pair, bench: Bench) -> None:
    with psycopg.connect(pair.second.at.admin_url) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        counted = "SELECT count(*) FROM core.users WHERE full_name <> ''"
        before = reader.execute(counted).fetchone()
        told = "SELECT xmin IS NOT NULL FROM pg_replication_slots WHERE slot_name = 'db2'"
        wait_until(lambda: pair.first.value(told) is True, 20, "the primary is not told")
        for _ in range(3):
            pair.first.at.admin.execute("UPDATE core.users SET full_name = full_name")
            pair.first.at.admin.execute("VACUUM (TRUNCATE off) core.users")
        pair.wait_until_replayed(pair.second)

        assert reader.execute(counted).fetchone() == before
    conflicts = "SELECT confl_snapshot FROM pg_stat_database_conflicts WHERE datname = 'footing'"
    assert pair.second.value(conflicts) == 0
    assert pair.second.value("SHOW max_standby_streaming_delay") == "30s"


def test_the_runner_changes_nothing_through_a_standby_and_reads_it(pair: Pair, footing: Footing) -> None:
    """As the superuser, whom nothing else would stop."""
    url = pair.second.at.admin_url
    for command in WRITING:
        refused = footing(*command.split(), database=url)

        assert refused.returncode == UNSAFE, (command, refused.stderr)
        assert "this server is a standby" in refused.stderr, command
        assert "target_session_attrs=read-write" in refused.stderr, command
        assert "↓" not in refused.stdout, f"{command} announced what it can't do"
    for command in READING:
        answered = footing(*command.split(), database=url)

        assert answered.returncode == 0, (command, answered.stdout, answered.stderr)


def test_the_runner_finds_the_primary_among_several_hosts(pair: Pair, footing: Footing) -> None:
    both = pair.url("footing_deploy")
    ports = f"{pair.second.server.port},{pair.first.server.port}"
    sockets = f"{pair.second.server.socket_dir},{pair.first.server.socket_dir}"
    variables = {"PGHOST": sockets, "PGPORT": ports, "PGDATABASE": DATABASE, "PGUSER": "postgres"}

    for done in (
        footing("migrate", database=both),
        footing("refresh", "--json", database=both),
        footing("migrate", env=variables),
    ):
        assert done.returncode == 0, done.stderr
    told = footing("health", database=pair.url("footing_monitor"))
    assert json.loads(told.stdout)["checks"]["writable"]["detail"] == "a standby", "the first that answers"
    assert footing("status", database=both).returncode == 0
    alone = pair.second.at.url("footing_deploy").replace("127.0.0.1:", "127.0.0.1:1,127.0.0.1:")
    missing = footing("migrate", database=alone)
    assert missing.returncode == NO_PRIMARY
    assert "none of the hosts is a primary that takes writes" in missing.stderr


def test_a_standby_takes_over_and_the_old_primary_follows_it(
    pair: Pair, bench: Bench, footing: Footing
) -> None:
    old, new = pair.first, pair.second
    with psycopg.connect(old.at.admin_url, autocommit=True) as admin:
        new.stop()
        admin.execute("UPDATE core.users SET full_name = 'lost' WHERE id = %s", [bench.viewer])
    old.stop("immediate")
    new.start()

    pair.document("The primary is lost", new)
    new.at.admin.execute("UPDATE core.users SET full_name = 'kept' WHERE id = %s", [bench.editor])
    assert footing("migrate", database=pair.url("footing_deploy")).returncode == 0
    assert _health(footing, new)["checks"]["writable"]["detail"] == "a primary"
    pair.document("The old primary comes back", old)
    old.start()
    pair.wait_until_follows(old)

    names = f"SELECT full_name FROM core.users WHERE id IN ({bench.viewer}, {bench.editor}) ORDER BY 1"
    for member in (new, old):
        assert member.at.admin.execute(names.encode()).fetchall() == [("Vera",), ("kept",)], member.name
    assert old.value("SELECT pg_is_in_recovery()") is True
    assert _runs(old.at, bench.editor) == {RUN["apollo"]}
    assert footing("verify", database=old.at.admin_url).returncode == 0


def test_changing_over_on_purpose_loses_nothing_and_rewinds_nothing(pair: Pair, bench: Bench) -> None:
    leader = pair.first if pair.first.value("SELECT NOT pg_is_in_recovery()") else pair.second
    follower = pair.other(leader)
    leader.at.admin.execute("UPDATE core.users SET full_name = 'last' WHERE id = %s", [bench.viewer])

    leader.stop("fast")
    pair.document("The primary is lost", follower)
    (leader.server.datadir / "standby.signal").touch()
    leader.start()
    pair.wait_until_follows(leader)

    last = f"SELECT full_name FROM core.users WHERE id = {bench.viewer}"
    assert [member.value(last) for member in (leader, follower)] == ["last", "last"]


def test_a_commit_waits_for_the_standby_where_that_was_chosen(pair: Pair) -> None:
    leader = pair.first if pair.first.value("SELECT NOT pg_is_in_recovery()") else pair.second
    follower = pair.other(leader)
    pair.render(leader, FOOTING_SYNCHRONOUS="ANY 1 (db1, db2)")
    leader.at.admin.execute("SELECT pg_reload_conf()")
    state = f"SELECT sync_state FROM pg_stat_replication WHERE application_name = '{follower.name}'"
    wait_until(lambda: leader.value(state) == "quorum", 20, "it is not synchronous")

    follower.stop()
    with contextlib.closing(psycopg.connect(leader.at.admin_url, autocommit=True)) as writer:
        writer.pgconn.send_query(b"CREATE TABLE public.waits ()")
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        wait_until(lambda: leader.value(waits) == 1, 20, "the commit does not wait")
        follower.start()
        assert writer.pgconn.get_result().error_message == b""
    pair.wait_until_follows(follower)
    assert follower.value("SELECT to_regclass('public.waits') IS NOT NULL") is True
