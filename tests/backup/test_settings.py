"""pgbackrest.conf: rendered from the environment or refused with all that is wrong; told in the page."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.footing import ROOT

TEMPLATES = sorted((ROOT / "ops" / "backup").glob("*.template"))
KEY = {
    "FOOTING_BACKUP_CIPHER_KEY": "thirty-two characters, or a few more",
    "FOOTING_BACKUP_PG_DATA": "/data",
}
LOCAL = {**KEY, "FOOTING_BACKUP_DIRECTORY": "/backups"}
S3 = {
    **KEY,
    "FOOTING_BACKUP_S3_BUCKET": "bucket",
    "FOOTING_BACKUP_S3_ENDPOINT": "s3.example.org",
    "FOOTING_BACKUP_S3_KEY": "access",
    "FOOTING_BACKUP_S3_SECRET": "secret",
}


def _render(target: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.backup.render", target],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def test_everything_that_is_missing_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    refused = _render(tmp_path / "it.conf", {"FOOTING_BACKUP_S3_BUCKET": "bucket"})

    assert refused.returncode == 1
    for name in {*S3} - {"FOOTING_BACKUP_S3_BUCKET"}:
        assert f"{name} is not set" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        (KEY, "set either FOOTING_BACKUP_S3_BUCKET or FOOTING_BACKUP_DIRECTORY"),
        ({**S3, **LOCAL}, "set either FOOTING_BACKUP_S3_BUCKET or FOOTING_BACKUP_DIRECTORY"),
        ({**LOCAL, "FOOTING_BACKUP_CIPHER_KEY": "guessed"}, "is shorter than 32 characters"),
        ({**LOCAL, "FOOTING_BACKUP_PG_DATA": "/data\nrepo1-cipher-type=none"}, "holds a line break"),
    ],
)
def test_what_is_contradictory_weak_or_two_lines_is_refused(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    refused = _render(tmp_path / "it.conf", environment)

    assert refused.returncode == 1
    assert told in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_reads_it_and_the_plan_of_the_documents_is_in_it(tmp_path: Path) -> None:
    assert _render(tmp_path / "s3.conf", S3).returncode == 0
    assert _render(tmp_path / "local.conf", LOCAL).returncode == 0

    s3, local = (tmp_path / "s3.conf").read_text().splitlines(), (tmp_path / "local.conf").read_text()
    assert (tmp_path / "s3.conf").stat().st_mode & 0o777 == 0o600
    for line in (
        "repo1-type=s3",
        "repo1-cipher-type=aes-256-cbc",
        "compress-type=lz4",
        "repo1-retention-full-type=time",
        "repo1-retention-full=30",
        "checksum-page=y",
        "archive-async=y",
    ):
        assert line in s3
    assert "repo1-storage-verify-tls=n" not in s3
    assert not any("archive-push-queue-max" in line for line in s3 if not line.startswith("#"))
    assert "repo1-type=posix\nrepo1-path=/backups\n" in local


def test_no_secret_is_in_a_template_and_every_variable_of_them_is_in_the_page() -> None:
    page = (ROOT / "docs" / "backups.md").read_text()
    told = set(re.findall(r"`FOOTING_BACKUP_(\w+)`", page)) | set(re.findall(r"`_(\w+)`", page))

    text = "".join(path.read_text() for path in TEMPLATES)

    assert len(TEMPLATES) == 3
    assert set(re.findall(r"\$\{FOOTING_BACKUP_(\w+)", text)) - {"S3_AUTHORITY"} <= told
    for secret in ("cipher-pass", "s3-key", "s3-key-secret"):
        assert re.findall(rf"^repo1-{secret}=(.*)$", text, re.MULTILINE)[0].startswith("${FOOTING_BACKUP_")
