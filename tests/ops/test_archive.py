"""make archive: an expired month leaves for the store, and comes back with the content it had."""

import csv
import gzip
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.core.conftest import Cast
from tests.support.database import Database
from tests.support.dumps import Operator, files
from tests.support.footing import Footing
from tests.support.store import Store
from tests.support.waiting import wait_until

OLD, LOG, MONTH = "core.audit_logs_2020_02", "core.audit_logs", "2020-02"
HASH = "SELECT (ops.content_hash(%s)).content_hash"
SHAPE = """
    SELECT jsonb_build_object(
        'options', (SELECT reloptions FROM pg_class WHERE oid = p),
        'acl', (SELECT relacl::text FROM pg_class WHERE oid = p),
        'row security', (SELECT relrowsecurity FROM pg_class WHERE oid = p),
        'columns', (SELECT jsonb_agg(jsonb_build_array(attname, format_type(atttypid, atttypmod),
                        attnotnull, attidentity, attstorage, attcompression) ORDER BY attnum)
                      FROM pg_attribute WHERE attrelid = p AND attnum > 0),
        'indexes', (SELECT jsonb_agg(jsonb_build_array(replace(pg_get_indexdef(indexrelid), p::text, 'p'),
                        (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = indexrelid))
                        ORDER BY pg_get_indexdef(indexrelid)) FROM pg_index WHERE indrelid = p),
        'constraints', (SELECT jsonb_agg(jsonb_build_array(conname, pg_get_constraintdef(oid), convalidated)
                        ORDER BY contype, pg_get_constraintdef(oid)) FROM pg_constraint
                         WHERE conrelid = p AND contype <> 'n'),
        'triggers', (SELECT jsonb_agg(jsonb_build_array(tgname, tgenabled) ORDER BY tgname)
                       FROM pg_trigger WHERE tgrelid = p AND NOT tgisinternal))
      FROM (SELECT %s::regclass AS p) AS named"""


class Logged(Cast):
    """A cast whose audit trail must be archived before a month of it leaves."""

    def __init__(self, db: Database) -> None:
        """Give the trail a month that is long past, with rows that are hard to write down."""
        super().__init__(db)
        self.create_month("2020-02-29")
        db.admin.execute(
            "UPDATE ops.retention_policies SET archive_first = true WHERE table_name = 'audit_logs'"
        )
        db.admin.execute("""
            INSERT INTO core.audit_logs (action, resource, changes, ip_address, created_at)
            SELECT 'a' || n, E'line 1\\nline "2", \\\\N', jsonb_build_object('ä', n, 'quote', '"'),
                   CASE WHEN n % 2 = 0 THEN '192.0.2.1' END,
                   timestamptz '2020-02-01 00:00+00' + n * interval '1 hour'
              FROM generate_series(0, 695) AS n""")

    def create_month(self, day: str) -> None:
        """Make the partition of that day's month."""
        self.db.admin.execute("SET ROLE footing_owner")
        self.db.admin.execute("SELECT ops.create_partition('core.audit_logs', %s)", [day])
        self.db.admin.execute("RESET ROLE")


@pytest.fixture
def logged(migrated_db: Database) -> Logged:
    """That cast."""
    return Logged(migrated_db)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for archives, not there yet."""
    return tmp_path / "archives"


@pytest.fixture
def operator(logged: Logged, tmp_path: Path, place: Path) -> Operator:
    """Somebody who may act as the owner."""
    return Operator(tmp_path, logged.db.url("test_deploy"), {"FOOTING_ARCHIVE": str(place)})


@pytest.fixture
def maintain(logged: Logged, footing: Footing) -> Callable[..., Any]:
    """Run footing maintain and return what it said."""

    def run(code: int = 0) -> Any:
        done = footing("maintain", "--json", database=logged.db.url("test_deploy"))
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


def test_a_month_goes_to_the_store_and_comes_back_with_equal_content(
    logged: Logged, operator: Operator, store: Store, maintain: Callable[..., Any]
) -> None:
    operator.environment |= {
        **store.environment(),
        "FOOTING_ARCHIVE": f"s3://{store.bucket}/{logged.db.name}",
    }
    before, shape = logged.value(HASH, OLD), logged.value(SHAPE, OLD)
    assert maintain()["notes"][OLD].endswith("not archived yet: make archive")

    (archived,) = operator.json("archive", "make")["archives"]
    done = maintain()["done"]
    gone = logged.value("SELECT to_regclass(%s)", OLD)
    restored = operator.json("archive", "restore", "--table", LOG, "--month", MONTH)

    assert (archived["content_hash"], archived["rows"]) == (before, 696)
    assert (done["detach"], done["drop"], gone) == (1, 1, None)
    assert (restored["partition"], restored["content_hash"]) == (OLD, before)
    assert logged.value(HASH, OLD) == before
    assert logged.value(SHAPE, OLD) == shape
    assert logged.value("SELECT count(*) FROM core.audit_logs WHERE created_at < '2020-03-01'") == 696
    assert maintain()["notes"][OLD].endswith("restored from its archive, and held")
    logged.db.admin.execute("UPDATE ops.archives SET held_until = now()")
    assert maintain()["done"]["drop"] == 1
    assert len(operator.json("archive", "list")["archives"]) == 1


def test_the_file_explains_itself_to_other_programs(
    logged: Logged, operator: Operator, place: Path
) -> None:
    (archived,) = operator.json("archive", "make", "--table", LOG, "--month", MONTH)["archives"]

    with gzip.open(place / archived["name"] / "data.csv.gz", "rt", encoding="utf-8", newline="") as file:
        about = json.loads(file.readline().removeprefix("#footing-archive "))
        rows = list(csv.DictReader(file))

    assert (about["schema"], about["table"], about["rows"], len(rows)) == ("core", "audit_logs", 696, 696)
    assert (about["from"], about["to"]) == ("2020-02-01 00:00:00+00", "2020-03-01 00:00:00+00")
    assert {"name": "created_at", "type": "timestamp with time zone", "nullable": False} in about["columns"]
    assert about["content_hash"] == logged.value(HASH, OLD)
    assert [column["name"] for column in about["columns"]] == list(rows[0])
    assert rows[1]["created_at"] == "2020-02-01 01:00:00+00"
    assert rows[1]["resource"] == 'line 1\nline "2", \\N'


def test_the_hash_is_of_the_rows_and_not_of_their_order_or_of_the_settings(logged: Logged) -> None:
    admin = logged.db.admin
    admin.execute("CREATE SCHEMA scratch AUTHORIZATION footing_owner")
    admin.execute(f"CREATE TABLE scratch.turned AS SELECT * FROM {OLD} ORDER BY md5(id::text)")
    admin.execute(f"CREATE TABLE scratch.twice AS SELECT * FROM {OLD} UNION ALL TABLE scratch.turned")
    admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA scratch TO footing_owner")
    before = logged.value(HASH, OLD)

    admin.execute("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET bytea_output = 'escape'")

    assert logged.value(HASH, "scratch.turned") == before
    assert logged.value(HASH, "scratch.twice") != before
    admin.execute(
        "UPDATE scratch.turned SET ip_address = '192.0.2.2' WHERE id = (SELECT max(id) FROM scratch.turned)"
    )
    assert logged.value(HASH, "scratch.turned") != before


def test_a_month_that_changed_since_is_not_dropped_until_it_is_archived_again(
    logged: Logged, operator: Operator, maintain: Callable[..., Any]
) -> None:
    operator.json("archive", "make")
    logged.db.admin.execute(
        "INSERT INTO core.audit_logs (action, resource, created_at) VALUES ('late', 'b', '2020-02-03')"
    )

    failed = maintain(code=6)["error"]["failed"]
    again = operator.json("archive", "make")["archives"]
    maintain()

    assert "has no archive with the rows it has now" in failed[OLD]
    assert [(one["rows"], one["new"]) for one in again] == [(697, True)]
    assert logged.value("SELECT to_regclass(%s)", OLD) is None
    assert operator.json("archive", "restore", "--table", LOG, "--month", MONTH)["rows"] == 697


def test_what_is_stored_already_is_stored_once_and_nothing_else_is_archived(
    logged: Logged, operator: Operator, place: Path
) -> None:
    logged.create_month("2020-03-01")
    first = operator.json("archive", "make")["archives"]
    before = files(place)

    second = operator.json("archive", "make")["archives"]
    logged.db.admin.execute("DELETE FROM ops.archives")  # killed between the manifest and the record
    third = operator.json("archive", "make")["archives"]

    assert [one["from"][:7] for one in first] == ["2020-02", "2020-03"]
    assert [[one["new"] for one in each] for each in (first, second, third)] == [
        [True] * 2,
        [False] * 2,
        [True] * 2,
    ]
    assert files(place) == before
    assert logged.value("SELECT count(*) FROM ops.archives") == 2


def _cut(archive: Path) -> None:
    data = archive / "data.csv.gz"
    data.write_bytes(data.read_bytes()[:-9])


def _relabel(archive: Path) -> None:
    manifest = json.loads((archive / "manifest.json").read_text())
    (archive / "manifest.json").write_text(json.dumps({**manifest, "content_hash": "0" * 64}))


def _lose_a_row(archive: Path) -> None:
    """Take a row out, and make the manifest agree with the file."""
    data, manifest = archive / "data.csv.gz", json.loads((archive / "manifest.json").read_text())
    lines = gzip.decompress(data.read_bytes()).splitlines(keepends=True)
    data.write_bytes(gzip.compress(b"".join(lines[:-2])))  # a row of two lines
    manifest["file"] |= {
        "bytes": data.stat().st_size,
        "sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
    }
    (archive / "manifest.json").write_text(json.dumps(manifest))


def test_a_damaged_archive_does_not_come_back(
    logged: Logged, operator: Operator, place: Path, maintain: Callable[..., Any]
) -> None:
    (archived,) = operator.json("archive", "make")["archives"]
    maintain()
    stored = place / archived["name"]
    kept = shutil.copytree(stored, place.with_name("kept"))
    words = ("archive", "restore", "--table", LOG, "--month", MONTH)

    said = []
    for harm in (_cut, _relabel, _lose_a_row):
        harm(stored)
        said.append(operator.json(*words, code=4)["message"])
        assert logged.value("SELECT to_regclass(%s)", OLD) is None
        shutil.copytree(kept, stored, dirs_exist_ok=True)

    ends = ("has no end", "are not of the same rows", "has not the rows it should")
    assert [end in message for end, message in zip(ends, said, strict=True)] == [True] * 3, said
    assert logged.value("SELECT held_until FROM ops.archives") is None
    assert operator.json(*words)["rows"] == 696


READING_BACK = """
    SELECT count(*) FROM pg_stat_activity
     WHERE application_name LIKE 'footing archive%' AND wait_event_type = 'Lock'"""


def test_killed_while_it_is_read_back_nothing_is_recorded_and_the_next_run_does_it(
    logged: Logged, operator: Operator, place: Path
) -> None:
    admin = logged.db.admin
    with logged.db.connect(autocommit=False) as other:
        other.execute("CREATE TABLE core.audit_logs_read_back ()")  # its name is waited for
        process = operator.start("archive", "make")
        wait_until(lambda: admin.execute(READING_BACK).fetchone() == (1,), 20, "nothing is read back")
        overlapping = operator("archive", "make")
        _kill(process, admin)
        other.rollback()

    assert (overlapping.returncode, "another make archive" in overlapping.stderr) == (5, True)
    assert [path.rpartition("/")[2] for path in files(place)] == ["data.csv.gz"]
    assert operator.json("archive", "list")["archives"] == []
    assert logged.value("SELECT count(*) FROM ops.archives") == 0
    assert operator.json("archive", "make")["archives"][0]["new"]
    assert len(files(place)) == 2


def test_killed_while_it_comes_back_nothing_is_there_and_the_next_run_does_it(
    logged: Logged, operator: Operator, maintain: Callable[..., Any]
) -> None:
    operator.json("archive", "make")
    maintain()
    admin, words = logged.db.admin, ("archive", "restore", "--table", LOG, "--month", MONTH)
    with logged.db.connect(autocommit=False) as other:
        other.execute("LOCK TABLE core.audit_logs IN SHARE UPDATE EXCLUSIVE MODE")  # the attach waits
        process = operator.start(*words)
        wait_until(lambda: admin.execute(READING_BACK).fetchone() == (1,), 20, "nothing is attached")
        _kill(process, admin)

    assert logged.value("SELECT to_regclass(%s)", OLD) is None
    assert operator.json(*words)["rows"] == 696


def _kill(process: subprocess.Popen[str], admin: psycopg.Connection) -> None:
    process.kill()
    process.communicate()
    gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'footing archive%')"
    wait_until(lambda: admin.execute(gone).fetchone() == (True,), 20, "the killed session goes on")


def test_a_month_whose_project_was_deleted_since_does_not_come_back(
    logged: Logged, operator: Operator, maintain: Callable[..., Any]
) -> None:
    log, admin = "apex.project_events", logged.db.admin
    account = "INSERT INTO apex.accounts (owner_id, name) VALUES (%s, 'Mercury') RETURNING account_id"
    mercury = logged.value(account, logged.owner)
    estimate = logged.value(
        "INSERT INTO apex.projects (account_id) VALUES (%s) RETURNING project_id", mercury
    )
    admin.execute("SET ROLE footing_owner")
    admin.execute("SELECT ops.create_partition('apex.project_events', '2020-02-01')")
    admin.execute("RESET ROLE")
    admin.execute(
        "INSERT INTO apex.project_events (project_id, event_type, timestamp)"
        " VALUES (%s, 'saved', '2020-02-02 00:00+00')",
        [estimate],
    )
    admin.execute(
        "UPDATE ops.retention_policies SET archive_first = true, keep = '1 year' WHERE table_name = %s",
        ["project_events"],
    )
    (archived,) = operator.json("archive", "make", "--table", log)["archives"]
    maintain()
    admin.execute("DELETE FROM apex.projects WHERE project_id = %s", [estimate])

    refused = operator.json("archive", "restore", "--table", log, "--month", MONTH, code=6)

    assert archived["rows"] == 1
    assert "refer to what is gone" in refused["message"]
    assert logged.value("SELECT to_regclass('apex.project_events_2020_02')") is None
    assert logged.value("SELECT held_until FROM ops.archives WHERE table_name = 'project_events'") is None


def test_what_can_not_be_archived_is_told(logged: Logged, operator: Operator) -> None:
    this_month = logged.value("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')")
    words = ("archive", "make", "--table")

    told = [
        operator.json(*words, "core.users", code=2)["message"],
        operator.json(*words, LOG, "--month", "2019-01", code=2)["message"],
        operator.json(*words, LOG, "--month", this_month, code=2)["message"],
        operator.json("archive", "restore", "--table", LOG, "--month", MONTH, code=2)["message"],
    ]

    assert "core.users is no log by months" in told[0]
    assert "has no table for 2019-01" in told[1]
    assert f"{this_month} is not over" in told[2]
    assert "has no core.audit_logs of 2020-02" in told[3]
