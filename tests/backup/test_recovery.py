"""make recover: a copy of the server as it was at a moment, beside it; what can't be is said."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ops.stack.processes import Processes
from tests.support.binaries import scratch_folder
from tests.support.footing import Footing
from tests.support.pgbackrest import BackedUp

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.timeout(120)]


@pytest.fixture
def into() -> Iterator[Path]:
    """A folder that is not there yet; a copy that a failed test left in it is stopped."""
    folder = scratch_folder("copy-", data=True)
    yield folder / "a copy"
    Processes(folder / "a copy").stop("postgres")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def moments(backed_up: BackedUp) -> dict[str, datetime]:
    """Times between rows that are written one after the other, all of them in the archive."""
    found = {}
    with psycopg.connect(backed_up.server.url("footing"), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA witness CREATE TABLE rows (said text)")
        for said in ("before", "wanted", "unwanted", "later"):
            connection.execute("INSERT INTO witness.rows VALUES (%s)", [said])
            found[said] = backed_up.now()
        connection.execute("DROP SCHEMA witness CASCADE")
    backed_up.archive()
    return found


def _said(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [said for (said,) in connection.execute("SELECT said FROM witness.rows")]


def test_a_moment_is_recovered_read_only_promoted_verified_and_thrown_away(
    backed_up: BackedUp, moments: dict[str, datetime], into: Path, footing: Footing
) -> None:
    made = backed_up.make("recover", f"--to={moments['wanted']}", f"--into={into}", "--json")
    assert made.returncode == 0, made.stderr
    url = json.loads(made.stdout)["url"]
    paused = _said(url)
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("DELETE FROM witness.rows")

    promoted = [backed_up.make("promote", f"--into={into}") for _ in range(2)]

    assert paused == ["before", "wanted"]
    assert [done.returncode for done in promoted] == [0, 0], promoted[0].stderr
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO witness.rows VALUES ('written afterwards')")
        archiving = connection.execute("SHOW archive_mode").fetchone()
        listening = connection.execute("SHOW listen_addresses").fetchone()
        connection.execute("DROP SCHEMA witness CASCADE")
    assert (archiving, listening) == (("off",), ("",))
    verified = footing("verify", database=url)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    with psycopg.connect(backed_up.server.url("footing")) as live:
        assert live.execute("SELECT to_regclass('witness.rows')").fetchone() == (None,)
    assert into.stat().st_mode & 0o777 == 0o700
    dropped = backed_up.make("drop", f"--into={into}", "--yes")
    assert dropped.returncode == 0, dropped.stderr
    assert not into.exists()


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (timedelta(hours=-24), "is before the end of the oldest backup"),
        (timedelta(hours=24), "is in the future"),
    ],
)
def test_a_moment_before_the_oldest_backup_or_yet_to_come_is_refused(
    backed_up: BackedUp, into: Path, when: timedelta, told: str
) -> None:
    refused = backed_up.make("recover", f"--to={backed_up.now() + when}", f"--into={into}")

    assert refused.returncode == 1
    assert told in refused.stderr
    assert "→ " in refused.stderr
    assert not into.exists()


def test_a_moment_beyond_the_archive_is_told_with_the_last_one_in_it(
    backed_up: BackedUp, moments: dict[str, datetime], into: Path
) -> None:
    refused = backed_up.make("recover", f"--to={backed_up.now()}", f"--into={into}")

    assert refused.returncode == 1
    assert "the archive ends before" in refused.stderr
    assert f"the last transaction in it is of {moments['later']:%Y-%m-%d %H:%M:}" in refused.stderr
    assert not into.exists()


def test_a_folder_that_is_not_empty_or_is_no_copy_is_left_alone(backed_up: BackedUp, into: Path) -> None:
    into.mkdir()
    (into / "mine").write_text("keep this")

    refused = backed_up.make("recover", f"--to={backed_up.now()}", f"--into={into}")
    quoted = backed_up.make("recover", f"--to={backed_up.now()}", f"--into={into}'s")
    kept = [backed_up.make(command, f"--into={into}") for command in ("drop", "promote")]

    assert refused.returncode == 1
    assert "is not empty" in refused.stderr
    assert "has ' in its name" in quoted.stderr
    assert [done.returncode for done in kept] == [1, 1]
    assert "is not a recovered copy" in kept[0].stderr
    assert (into / "mine").read_text() == "keep this"


def test_what_is_no_time_is_refused_with_how_one_is_written(backed_up: BackedUp, into: Path) -> None:
    refused = backed_up.make("recover", "--to=yesterday", f"--into={into}")

    assert refused.returncode == 2
    assert "2026-11-21 09:41:00" in refused.stderr


def test_the_restore_test_restores_all_examines_it_and_leaves_nothing(
    backed_up: BackedUp, into: Path, tmp_path: Path
) -> None:
    passed = backed_up.make("prove", f"--into={into}", f"--metrics={tmp_path}")

    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "ok      restore     restored in" in passed.stdout
    assert 'check_ok{step="restore"} 1' in (tmp_path / "footing_backup_restore.prom").read_text()
    assert not into.exists()


def test_the_restore_test_fails_at_an_index_that_lacks_rows(
    backed_up: BackedUp, into: Path, tmp_path: Path
) -> None:
    with psycopg.connect(backed_up.server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE lacking (n integer)")
        connection.execute("CREATE INDEX lacking_n ON lacking (n)")
        connection.execute(
            "UPDATE pg_index SET indisready = false WHERE indexrelid = 'lacking_n'::regclass"
        )
        connection.execute("INSERT INTO lacking VALUES (1)")
        connection.execute("UPDATE pg_index SET indisready = true WHERE indexrelid = 'lacking_n'::regclass")
        backed_up.archive()
        failed = backed_up.make("prove", f"--into={into}", f"--metrics={tmp_path}")
        connection.execute("DROP TABLE lacking")

    assert failed.returncode == 1
    assert "pg_amcheck fails on the restored server" in failed.stdout
    assert "lacking_n" in failed.stderr
    assert 'check_ok{step="restore"} 0' in (tmp_path / "footing_backup_restore.prom").read_text()
    assert not into.exists()
