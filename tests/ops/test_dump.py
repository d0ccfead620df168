"""make dump: what it makes can be relied on, and what went wrong is never called a dump."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.backup.manifest import superseded
from ops.backup.programs import Programs
from runner.errors import RunnerError
from tests.support.database import Database
from tests.support.disk import enlarge, small_disk
from tests.support.dumps import Operator, files
from tests.support.footing import ROOT
from tests.support.store import Store
from tests.support.waiting import free_port, wait_until

# pg_dump waits for a table, with a part already written. Of tables that have rows the dump's own
# snapshot has the locks by then.
HOLD = "LOCK TABLE held"
WAITING = """
    SELECT count(*) FROM pg_stat_activity
     WHERE application_name = 'footing dump' AND wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE %'"""


@pytest.fixture
def small(empty_db: Database) -> Database:
    """A database of two tables, one of them awkward to name and to read."""
    empty_db.admin.execute("""
        CREATE TABLE plain (n integer);
        INSERT INTO plain SELECT generate_series(1, 1000);
        CREATE TABLE held (n integer) PARTITION BY LIST (n);
        CREATE SCHEMA "It's";
        CREATE TABLE "It's"."a ""b"".c" (t text);
        INSERT INTO "It's"."a ""b"".c" VALUES (E'two\\nlines'), ('\\.'), (NULL),
            (E'COPY public.plain (n) FROM stdin;\\n1')""")
    return empty_db


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for dumps, not there yet."""
    return tmp_path / "dumps"


@pytest.fixture
def operator(small: Database, tmp_path: Path) -> Operator:
    """Somebody who dumps that database."""
    return Operator(tmp_path, small.url())


def _make(operator: Operator, place: Path | str, *words: str) -> str:
    return str(operator.json("backup.dump", "make", "--to", str(place), *words)["name"])


def _old(place: Path, name: str, moment: str) -> str:
    """Copy a dump to one of another day."""
    copy = f"{name.rpartition('-')[0]}-{moment}"
    shutil.copytree(place / name, place / copy)
    return copy


@pytest.mark.parametrize("dump_format", ["custom", "directory"])
def test_a_dump_says_what_is_in_it_and_is_read_back(
    operator: Operator, place: Path, dump_format: str, small: Database
) -> None:
    name = _make(operator, place, "--format", dump_format)

    manifest = json.loads((place / name / "manifest.json").read_text())
    rows = {(table["schema"], table["name"]): table["rows"] for table in manifest["tables"]}
    assert rows == {("public", "plain"): 1000, ("It's", 'a "b".c'): 4}
    assert manifest["database"] == small.name
    assert {file["name"] for file in manifest["files"]} | {"manifest.json"} == files(place / name)
    assert operator("backup.dump", "verify", "--to", str(place)).returncode == 0
    assert "PASSWORD" not in (place / name / "globals.sql").read_text()
    assert (place / name).stat().st_mode & 0o077 == 0


HARM: dict[str, Callable[[Path], object]] = {
    "database.dump is not what was written": lambda dump: _overwrite(dump / "database.dump", b"?"),
    "globals.sql is not what was written": lambda dump: _overwrite(dump / "globals.sql", b"?"),
    "database.dump is missing": lambda dump: (dump / "database.dump").unlink(),
    "its manifest is damaged": lambda dump: (dump / "manifest.json").write_text("{"),
    "public.plain has 1000 rows instead of 999": lambda dump: _lie(dump, rows=999),
    "public.plainer has no rows instead of 1000": lambda dump: _lie(dump, name="plainer"),
}


def test_a_damaged_dump_is_found_out(operator: Operator, place: Path) -> None:
    name = _make(operator, place)
    harmed = {}
    for day, (said, harm) in enumerate(HARM.items(), 1):
        harmed[_old(place, name, f"202001{day:02}T000000Z")] = said
        harm(place / [*harmed][-1])

    damaged = operator.json("backup.dump", "verify", "--to", str(place), name, *harmed, code=4)["damaged"]

    assert damaged.keys() == harmed.keys()
    for dump, said in harmed.items():
        assert said in damaged[dump]


def _overwrite(file: Path, data: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(200)
        opened.write(data)


def _lie(dump: Path, **more: object) -> None:
    manifest = json.loads((dump / "manifest.json").read_text())
    next(table for table in manifest["tables"] if table["name"] == "plain").update(more)
    (dump / "manifest.json").write_text(json.dumps(manifest))


def test_older_dumps_are_pruned_by_age_and_count_and_others_left(operator: Operator, place: Path) -> None:
    name = _make(operator, place)
    long_ago, before = _old(place, name, "20200101T000000Z"), _old(place, name, "20200102T000000Z")
    other = shutil.copytree(place / name, place / "other_database-20200101T000000Z")
    damaged = _old(place, name, "20990101T000000Z")
    (place / damaged / "manifest.json").write_text("{")

    operator.json("backup.dump", "make", "--to", str(place), "--keep-count", "3", "--keep-days", "30")

    assert not (place / long_ago).exists()
    assert (place / before).exists(), "a damaged dump was counted among those kept"
    assert other.exists()


def test_the_newest_are_kept_however_old_and_the_young_however_many() -> None:
    names = [f"footing-202601{day:02}T000000Z" for day in range(1, 31)]
    now = datetime(2026, 1, 31, tzinfo=UTC)

    assert superseded(names, now, keep_days=7, keep_count=1) == names[:23]
    assert superseded(names, now, keep_days=0, keep_count=7) == names[:23]
    assert superseded(names, datetime(2030, 1, 1, tzinfo=UTC), keep_days=7, keep_count=0) == names[:29]


def test_a_missing_database_prunes_nothing_and_is_told(operator: Operator, place: Path) -> None:
    name = _make(operator, place)
    old = _old(place, name, "20200101T000000Z")
    url = operator.environment["DATABASE_URL"].rpartition("/")[0] + "/not_there"

    done = operator("backup.dump", "make", "--to", str(place), "--keep-count", "1", DATABASE_URL=url)

    assert done.returncode == 8
    assert "not_there" in done.stderr
    assert {path.name for path in place.iterdir()} == {name, old}


def test_a_login_that_is_shown_a_part_of_the_rows_dumps_none(
    migrated_db: Database, tmp_path: Path, place: Path
) -> None:
    with migrated_db.connect() as admin:
        admin.execute("DROP ROLE IF EXISTS test_partial")
        admin.execute("CREATE ROLE test_partial LOGIN IN ROLE pg_read_all_data")
    try:
        done = Operator(tmp_path, migrated_db.url("test_partial"))(
            "backup.dump", "make", "--to", str(place)
        )
    finally:
        migrated_db.admin.execute("DROP ROLE test_partial")

    assert done.returncode == 8
    assert "row-level security" in done.stderr
    assert not place.exists()


def test_a_killed_dump_is_none_and_the_next_takes_it_away(
    operator: Operator, place: Path, small: Database
) -> None:
    with small.connect(autocommit=False) as other:
        other.execute(HOLD)
        process = operator.start("backup.dump", "make", "--to", str(place))
        wait_until(lambda: small.admin.execute(WAITING).fetchone() == (1,), 20, "no dump began")

        overlapping = operator("backup.dump", "make", "--to", str(place))
        process.kill()
        process.communicate()

    assert overlapping.returncode == 5
    assert "another dump" in overlapping.stderr
    assert files(place)
    listed = operator.json("backup.dump", "list", "--to", str(place))
    assert listed["dumps"] == []
    (left,) = listed["unfinished"]
    restored = operator("backup.restore", "--from", str(place / left), "--into", "never")
    assert (restored.returncode, "no finished dump" in restored.stderr) == (2, True)
    assert operator("backup.dump", "verify", "--to", str(place)).returncode == 4

    quiet = operator("backup.dump", "make", "--to", str(place), "--quiet")

    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert left not in str(files(place))


def test_a_pg_dump_that_fails_half_way_is_told_and_costs_no_older_dump(
    operator: Operator, place: Path, small: Database
) -> None:
    before = _make(operator, place)
    with small.connect(autocommit=False) as other:
        other.execute(HOLD)
        process = operator.start(
            "backup.dump", "make", "--to", str(place), "--keep-days", "0", "--keep-count", "1"
        )
        wait_until(lambda: small.admin.execute(WAITING).fetchone() == (1,), 20, "no dump began")
        small.admin.execute(WAITING.replace("count(*)", "pg_terminate_backend(pid)"))
        _, said = process.communicate(timeout=20)

    assert process.returncode == 6
    assert "pg_dump failed" in said
    assert [path.name for path in place.iterdir()] == [before]


def test_an_interrupted_dump_leaves_nothing(operator: Operator, place: Path, small: Database) -> None:
    with small.connect(autocommit=False) as other:
        other.execute(HOLD)
        process = operator.start("backup.dump", "make", "--to", str(place))
        wait_until(lambda: small.admin.execute(WAITING).fetchone() == (1,), 20, "no dump began")
        process.terminate()
        process.communicate(timeout=20)

    assert process.returncode == 143
    assert files(place) == set()
    wait_until(lambda: small.admin.execute(WAITING).fetchone() == (0,), 20, "pg_dump goes on")


@pytest.fixture
def disk(require: Callable[[str], None]) -> Iterator[Path]:
    """A file system with room for one small dump, and not for a second."""
    require("tmpfs")
    with small_disk("64k") as folder:
        yield folder


def test_a_full_disk_is_told_and_costs_no_older_dump(
    operator: Operator, disk: Path, small: Database
) -> None:
    before = _make(operator, disk)
    small.admin.execute("INSERT INTO plain SELECT (random() * 1e9)::integer FROM generate_series(1, 30000)")

    full = operator("backup.dump", "make", "--to", str(disk), "--keep-days", "0", "--keep-count", "1")
    left = {path.name for path in disk.iterdir()}
    enlarge(disk, "8m")
    after = _make(operator, disk)

    assert full.returncode == 6
    assert "No space left on device" in full.stderr
    assert left == {before}
    assert {path.name for path in disk.iterdir()} == {before, after}


def test_pg_dump_of_another_version_is_not_used() -> None:
    with pytest.raises(RunnerError, match="PostgreSQL 14, and its pg_dump is not here") as refused:
        Programs(14, {}).path("pg_dump")
    assert "postgresql-client-14" in refused.value.hint


def test_a_store_takes_dumps_and_an_upload_cut_short_is_none(
    operator: Operator, store: Store, small: Database
) -> None:
    operator.environment.update(store.environment())
    where = f"s3://{store.bucket}/cut"
    name = f"{small.name}-20200101T000000Z"
    upload = (
        "import re, sys; from ops.backup.places import place;"
        f"place({where!r}, re.compile('.*')).put({name!r}, 'database.dump', sys.stdin.buffer, 0)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", upload], cwd=ROOT, env=operator.environment, stdin=subprocess.PIPE
    )
    assert process.stdin
    process.stdin.write(bytes(40 << 20))
    client = store.client()

    def uploads() -> bool:
        return bool(client.list_multipart_uploads(Bucket=store.bucket, Prefix="cut/").get("Uploads"))

    wait_until(uploads, 20, "no upload began")
    process.kill()
    process.wait()
    assert operator.json("backup.dump", "list", "--to", where)["unfinished"] == [name]

    made = _make(operator, where)

    assert store.keys("cut/") == [
        f"cut/{made}/{file}" for file in ("database.dump", "globals.sql", "manifest.json")
    ]
    assert not uploads()
    assert operator("backup.dump", "verify", "--to", where).returncode == 0


def test_a_store_that_is_down_or_goes_down_is_told_and_keeps_what_it_had(
    operator: Operator, store: Store, small: Database
) -> None:
    operator.environment.update(store.environment())
    where = f"s3://{store.bucket}/down"
    before = _make(operator, where)
    elsewhere = f"https://127.0.0.1:{free_port()}"

    down = operator("backup.dump", "make", "--to", where, AWS_ENDPOINT_URL_S3=elsewhere)
    with small.connect(autocommit=False) as other:
        other.execute(HOLD)
        process = operator.start(
            "backup.dump", "make", "--to", where, "--keep-days", "0", "--keep-count", "1"
        )
        wait_until(lambda: small.admin.execute(WAITING).fetchone() == (1,), 20, "no dump began")
        store.stop()
    _, said = process.communicate(timeout=60)
    store.start()

    assert down.returncode == process.returncode == 8
    assert "check AWS_ENDPOINT_URL_S3" in down.stderr
    assert "check AWS_ENDPOINT_URL_S3" in said
    listed = operator.json("backup.dump", "list", "--to", where)
    assert [dump["name"] for dump in listed["dumps"]] == [before]
    assert len(listed["unfinished"]) == 1
