"""A full disk: the file is undone, the run says what is wrong, and goes on when there is room."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runner.conftest import Project
from tests.support.binaries import scratch_folder
from tests.support.cluster import own
from tests.support.scratch_tables import tables
from tests.support.server import Server

FILL = "CREATE TABLE s1.big TABLESPACE small AS SELECT repeat('x', 500) FROM generate_series(1, 9000);\n"


@pytest.fixture
def small_disk(require: Callable[[str], None]) -> Iterator[Path]:
    """A file system of two megabytes that belongs to the servers' account."""
    require("tmpfs")
    folder = scratch_folder("disk-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "footing", folder], check=True)
    own(folder)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


def test_is_said_with_a_next_step_and_leaves_nothing(
    project: Project, make_server: Callable[..., Server], small_disk: Path
) -> None:
    server = make_server()
    url = server.url("postgres")
    server.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    project.write(tables(1), {"migrations/0002_fill.sql": FILL})
    project.footing("bootstrap", database=url, sql=project.sql, check=True)
    server.execute("GRANT CREATE ON TABLESPACE small TO footing_owner")

    full = project.run("migrate", database=url)
    subprocess.run(["mount", "-o", "remount,size=32m", small_disk], check=True)
    again = project.run("migrate", database=url)

    assert full.returncode == 6
    assert "No space left on device" in full.stderr
    assert "next: free disk space" in full.stderr
    assert "Traceback" not in full.stderr
    assert again.returncode == 0, again.stderr
    assert "applied 1 migration" in again.stdout
