"""make backup and backup/check on a real store: what is stored is read back, what is broken turns red."""

import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from ops.backup import check
from ops.backup.pgbackrest import BackupError
from tests.support.pgbackrest import BackedUp
from tests.support.require import require as needs
from tests.support.store import Store
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.timeout(120)]
OTHER_KEY = "the key of quite another repository"


def test_full_and_differential_backups_are_listed_and_stored_encrypted(
    backed_up: BackedUp, bucket: Store
) -> None:
    listed = backed_up.make("list", "--json")

    kinds = [found["kind"] for found in json.loads(listed.stdout)["backups"]]
    assert kinds[:2] == ["full", "diff"]
    manifest = next(key for key in bucket.keys("physical/") if key.endswith("F/backup.manifest"))
    stored = bucket.client().get_object(Bucket=bucket.bucket, Key=manifest)["Body"].read()
    assert b"pg_data" not in stored
    assert "pg_data" in backed_up.pgbackrest("repo-get", manifest.removeprefix("physical/"))  # the control
    assert any(key.endswith(".lz4") for key in bucket.keys("physical/archive/"))


def test_a_check_that_passes_says_so_and_tells_prometheus(backed_up: BackedUp, tmp_path: Path) -> None:
    needs("promtool")

    passed = backed_up.make("check", FOOTING_BACKUP_METRICS=str(tmp_path))

    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert [line.split()[:2] for line in passed.stdout.splitlines()] == [
        ["ok", "backups"],
        ["ok", "archive"],
        ["ok", "repository"],
    ]
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert len(written) == 4
    assert 'footing_backup_check_ok{step="repository"} 1' in written["footing_backup_repository.prom"]
    assert 'footing_backup_newest_timestamp_seconds{type="diff"}' in written["footing_backup.prom"]
    for name, text in written.items():
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o644
        linted = subprocess.run(
            ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        assert linted.returncode == 0, linted.stderr


def test_a_file_that_is_not_as_it_was_stored_is_found_and_fails_the_check(
    backed_up: BackedUp, bucket: Store, tmp_path: Path
) -> None:
    client = bucket.client()
    victim = next(key for key in bucket.keys("physical/backup/") if "/bundle/" in key)
    whole = client.get_object(Bucket=bucket.bucket, Key=victim)["Body"].read()
    broken = whole[:500] + bytes([whole[500] ^ 255]) + whole[501:]
    client.put_object(Bucket=bucket.bucket, Key=victim, Body=broken)
    try:
        failed = backed_up.make("check", f"--metrics={tmp_path}")
    finally:
        client.put_object(Bucket=bucket.bucket, Key=victim, Body=whole)

    assert failed.returncode == 1
    assert "FAILED  repository  what is stored is not whole" in failed.stdout
    assert "checksum invalid: 1" in failed.stdout
    assert 'check_ok{step="repository"} 0' in (tmp_path / "footing_backup_repository.prom").read_text()
    assert 'check_ok{step="archive"} 1' in (tmp_path / "footing_backup_archive.prom").read_text()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"PGBACKREST_REPO1_CIPHER_PASS": OTHER_KEY}, "encrypted by another key"),
        ({"PGBACKREST_REPO1_PATH": "/nothing/here"}, "there is no backup in the repository"),
        ({"PGBACKREST_REPO1_S3_KEY_SECRET": "another"}, "the store refuses the access key"),
        ({"PGBACKREST_REPO1_S3_BUCKET": "no-such-bucket"}, "the store has no such bucket"),
        ({"PGBACKREST_REPO1_STORAGE_CA_FILE": "/etc/hostname"}, "certificate is not trusted"),
    ],
    ids=["key", "empty", "secret", "bucket", "authority"],
)
def test_a_repository_that_can_not_be_read_fails_every_command_with_the_next_step(
    backed_up: BackedUp, tmp_path: Path, setting: dict[str, str], told: str
) -> None:
    checked = backed_up.make("check", **setting)
    into = f"--into={tmp_path / 'copy'}"
    recovered = backed_up.make("recover", f"--to={backed_up.now()}", into, **setting)

    for done in (checked, recovered):
        assert done.returncode == 1
        assert told in done.stdout + done.stderr
        assert "→ " in done.stdout + done.stderr
    assert checked.stdout.count("FAILED") == 3
    assert "ok " not in checked.stdout


def test_wal_that_does_not_reach_the_archive_fails_the_check_and_the_backup(backed_up: BackedUp) -> None:
    backed_up.server.execute("ALTER SYSTEM SET archive_command = 'false # pgbackrest archive-push'")
    backed_up.server.execute("SELECT pg_reload_conf()")
    try:
        failed = backed_up.make("check", "--skip-verify", PGBACKREST_ARCHIVE_TIMEOUT="1")
        not_made = backed_up.make("backup", "--type=diff", PGBACKREST_ARCHIVE_TIMEOUT="1")
    finally:
        backed_up.server.execute("ALTER SYSTEM RESET archive_command")
        backed_up.server.execute("SELECT pg_reload_conf()")

    assert (failed.returncode, not_made.returncode) == (1, 1)
    assert "FAILED  archive     WAL does not reach the archive" in failed.stdout
    assert "ok      backups" in failed.stdout
    assert "WAL does not reach the archive" in not_made.stderr


def test_a_full_backup_that_is_too_old_fails_the_check(
    backed_up: BackedUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGBACKREST_CONFIG", str(backed_up.config))
    assert "the newest full one" in check.check_backups()  # the control

    monkeypatch.setattr(check, "OLDEST_FULL", timedelta(0))

    with pytest.raises(BackupError, match=r"the newest full backup, .*, is .* old"):
        check.check_backups()


@pytest.fixture
def waiting_less(backed_up: BackedUp) -> Iterator[BackedUp]:
    """The same with short waits for a store that is down."""
    backed_up.reconfigure(FOOTING_BACKUP_IO_TIMEOUT="0.3", FOOTING_BACKUP_ARCHIVE_TIMEOUT="2")
    yield backed_up
    backed_up.reconfigure()


def test_wal_is_kept_while_the_store_is_down_and_arrives_afterwards(
    waiting_less: BackedUp, bucket: Store
) -> None:
    made, archiver = waiting_less, "SELECT failed_count, last_archived_wal FROM pg_stat_archiver"
    with psycopg.connect(made.server.url("footing"), autocommit=True) as connection:

        def asked(query: str) -> tuple[int, str]:
            row: tuple[int, str] | None = connection.execute(query.encode()).fetchone()
            assert row
            return row

        before, _ = asked(archiver)
        bucket.stop()
        try:
            connection.execute("CREATE TABLE core.written_meanwhile ()")
            (segment,) = asked("SELECT pg_walfile_name(pg_switch_wal())")
            wait_until(lambda: asked(archiver)[0] > before, 30, "archiving did not fail")
            checked = made.make("check")
            kept = (made.server.datadir / "pg_wal" / segment).exists()
        finally:
            bucket.start()
            connection.execute("DROP TABLE core.written_meanwhile")
        made.archive()

        assert kept
        assert checked.returncode == 1
        assert "FAILED  backups     the store does not answer" in checked.stdout
        assert checked.stdout.count("FAILED") == 3
        wait_until(lambda: asked(archiver)[1] >= segment, 30, "it did not catch up")
    assert any(segment in key for key in bucket.keys("physical/archive/"))


def test_a_page_that_is_broken_on_disk_is_noticed_by_the_backup_and_by_the_check(
    backed_up: BackedUp,
) -> None:
    server = backed_up.server
    server.execute("CREATE TABLE broken AS SELECT generate_series(1, 100) AS n")
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute("SELECT pg_relation_filepath('broken')").fetchone()
    assert row
    server.stop()
    path = server.datadir / row[0]
    data = bytearray(path.read_bytes())
    data[4000] ^= 255
    path.write_bytes(data)
    server.start()

    made = backed_up.make("backup", "--type=diff")
    failed, listed = backed_up.make("check", "--skip-verify"), backed_up.make("list")
    server.execute("DROP TABLE broken")
    backed_up.pgbackrest(f"--set={backed_up.backups()[-1]['label']}", "expire")

    assert made.returncode == 0, made.stderr
    assert "invalid page checksum" in made.stderr
    assert failed.returncode == 1
    assert "pages did not agree with their checksums" in failed.stdout
    assert listed.stdout.splitlines()[-1].endswith("BROKEN")
