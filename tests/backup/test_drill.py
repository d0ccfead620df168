"""make drill goes red: for each way a repository may have been spoilt, and for each check."""

import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from runner.settings import parse
from tests.plans.conftest import Plan
from tests.support.database import Database
from tests.support.require import require as needs
from tests.support.waiting import wait_until
from tests.webtest.conftest import Bench
from tools.drill import checks, content, page
from tools.drill.checks import Check, carried_out
from tools.drill.content import Wrong
from tools.drill.drill import Result, acknowledged_rows
from tools.drill.sabotage import SABOTAGES, undone
from tools.drill.world import World, back_up, running_world
from tools.drill.writers import Acknowledged

pytestmark = pytest.mark.xdist_group("drill")

# What is done to the repository → what the restore says. A missing WAL segment it does not notice.
NOTICED = {
    "wrong-key": "the repository is encrypted by another key",
    "empty-bucket": "there is no backup in the repository",
    "flipped-bit": "pgbackrest restore failed",
    "expired-chain": "pgbackrest restore failed",
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A server with a full and a differential backup and WAL behind them, lost with its disk."""
    for component in ("postgres15", "pgbackrest", "weed", "openssl"):
        needs(component)
    with running_world() as made:
        made.database = "postgres"
        made.server.execute("CREATE TABLE t AS SELECT n FROM generate_series(1, 50000) AS n")
        back_up("full")
        back_up("diff")
        _write(made)
        made.lose()
        yield made


def _write(world: World) -> None:
    """Write five WAL segments and a row in each, and return once they are in the archive."""
    for _ in range(5):
        world.server.execute("INSERT INTO t VALUES (0)")
        last = world.server.value("SELECT pg_walfile_name(pg_switch_wal())")
    archived = f"SELECT last_archived_wal >= '{last}' FROM pg_stat_archiver"
    wait_until(lambda: world.server.value(archived) is True, 60, "nothing reaches the archive")


def _rows(world: World) -> object:
    return world.server.value("SELECT count(*) FROM t WHERE n = 0")


@pytest.mark.parametrize("how", NOTICED)
def test_a_restore_from_a_spoilt_repository_is_red(
    world: World, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGBACKREST_JOB_RETRY", "0")  # it would read the same file again after 15 s
    with undone(world):
        SABOTAGES[how](world)
        told = carried_out("the server is back", lambda: str(world.restore()))
        world.server.stop("immediate")
        world.clear()

    assert not told.ok
    assert NOTICED[how] in told.said, told
    assert len(told.said) > len(NOTICED[how]) + 20, "pgBackRest's own reason is missing"


def test_a_missing_wal_segment_is_red_though_the_restore_is_content(world: World) -> None:
    world.restore()
    assert _rows(world) == 5, "the control: nothing had been done to the repository"
    assert "none missing" in checks.archive_is_whole()
    assert checks.recovery_ended(world) == "timeline 2"
    back_up("diff")
    _write(world)
    world.lose()

    SABOTAGES["missing-wal"](world)
    world.restore()
    told = carried_out("archive", checks.archive_is_whole)

    assert _rows(world) in range(5, 10), "recovery went past the gap"
    assert not told.ok
    assert "WAL segments are missing between others" in told.said
    assert SABOTAGES.keys() == {*NOTICED, "missing-wal"}


def test_a_broken_page_is_red(world: World) -> None:
    assert "no complaint" in checks.amcheck(world)
    assert checks.healthy_pages(world).endswith("none broken")
    file = world.server.datadir / str(_relation(world))
    damaged = bytearray(file.read_bytes())
    damaged[8192 * 3 + 4000] ^= 1
    file.write_bytes(damaged)

    told = carried_out("page checksums", lambda: checks.healthy_pages(world))
    world.server.start()
    looked = carried_out("pg_amcheck", lambda: checks.amcheck(world))

    assert not told.ok
    assert "checksum verification failed" in told.said
    assert not looked.ok
    assert "pg_amcheck exited 2" in looked.said


def _relation(world: World) -> object:
    world.server.start()
    path = world.server.value("SELECT pg_relation_filepath('t')")
    world.server.stop()
    return path


def test_rows_that_changed_or_vanished_are_red(migrated_db: Database) -> None:
    bench = Bench(migrated_db)
    bench.execution("E1")
    target = parse(migrated_db.url(), "test")
    before = content.content(target)
    assert "all the same" in content.same_content(before, content.content(target))
    assert "looked through" in content.references(target)

    migrated_db.admin.execute("UPDATE webtest.test_cases SET title = 'x' WHERE id = %s", [bench.case])
    with pytest.raises(Wrong, match=f"webtest.test_cases of tenant {bench.apollo}: 1 rows before, 1 now"):
        content.same_content(before, content.content(target))
    migrated_db.admin.execute("SET session_replication_role = replica")
    migrated_db.admin.execute("DELETE FROM webtest.test_cases WHERE id = %s", [bench.case])
    with pytest.raises(
        Wrong, match=r"rows refer to nothing: .*test_executions_project_id_test_id_fkey.*: 1"
    ):
        content.references(target)
    with pytest.raises(Wrong, match="nothing to compare"):
        content.same_content({}, content.content(target))


def _acknowledged(name: str, ago: float) -> Acknowledged:
    return Acknowledged(name, f"digest of {name}", time.monotonic() - ago, time.monotonic() - ago)


def test_acknowledged_rows_that_are_lost_are_counted_and_dated() -> None:
    now, rows = time.monotonic(), [_acknowledged("old", 70), _acknowledged("new", 10)]
    found = {row.name: row.digest for row in rows}
    restored, failed_over = Result("archive", 1), Result("synchronous", 1)

    assert acknowledged_rows(restored, rows, found, now).startswith("0 of 2 lost")
    acknowledged_rows(restored, rows, {"old": found["old"]}, now)
    assert (restored.lost, round(restored.rpo or 0)) == (1, 10)
    with pytest.raises(Wrong, match=r"1 of 2 lost, the oldest 70.* the bar is 60 s"):
        acknowledged_rows(restored, rows, {"new": found["new"]}, now)
    with pytest.raises(Wrong, match="though the standby had them"):
        acknowledged_rows(failed_over, rows, {"old": found["old"]}, now)
    with pytest.raises(Wrong, match="not what was written"):
        acknowledged_rows(restored, rows, {**found, "new": "another digest"}, now)
    with pytest.raises(Wrong, match="nothing was acknowledged"):
        acknowledged_rows(restored, [], found, now)


def test_plans_that_are_worse_are_red() -> None:
    was = {"q": Plan(rows=5, buffers=100, indexes={"i"}, milliseconds=10)}

    assert "by the same plans" in checks.same_plans(was, was)
    for now in (
        Plan(rows=5, buffers=100, scanned={"t"}, milliseconds=10),
        Plan(rows=5, buffers=150, indexes={"i"}, milliseconds=10),
        Plan(rows=4, buffers=100, indexes={"i"}, milliseconds=10),
        Plan(rows=5, buffers=100, indexes={"i"}, milliseconds=100),
    ):
        with pytest.raises(Wrong):
            checks.same_plans(was, {"q": now})
    with pytest.raises(Wrong):
        checks.same_plans({}, {})


def test_what_could_not_be_checked_never_passes() -> None:
    def cannot() -> str:
        raise ConnectionError("no server")

    told = carried_out("a check", cannot)

    assert (told.ok, told.said) == (False, "could not be carried out: ConnectionError: no server")
    assert not Result("archive", 1).ok, "a drill without a check"
    assert Result("archive", 1, checks=[Check("one", True, "")]).ok
    assert not Result("archive", 1, checks=[Check("one", True, ""), told]).ok


def test_each_drill_is_a_row_and_a_point(tmp_path: Path) -> None:
    written, drawn = tmp_path / "drills.md", tmp_path / "drills.svg"
    written.write_text("# Drills\n\n| drill |\n|---|\n")
    passed = Result("archive", 1, 1500, 12345, 400, 7, 12.5, 31.0, 9.0, 60.0, [Check("one", True, "")])
    failed = Result("synchronous", 1, 1500, 10, checks=[Check("one", False, "it broke")])

    for result in (passed, failed):
        page.append(result, written, drawn)

    rows = page.rows(written.read_text())
    assert [row["verdict"] for row in rows] == ["passed", "FAILED: one"]
    assert (rows[0]["RTO s"], rows[0]["acknowledged"], rows[1]["RTO s"]) == ("31.0", "12,345", "-")
    points = ElementTree.parse(drawn).findall(".//{http://www.w3.org/2000/svg}circle")  # noqa: S314 (ours)
    assert len(points) == 2, "RTO and RPO of the one that got that far"
