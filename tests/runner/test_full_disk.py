"""A full disk: the file is undone, the run says what is wrong, and goes on when there is room."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runner.conftest import Project
from tests.support.disk import enlarge, small_disk
from tests.support.scratch_tables import tables
from tests.support.server import Server

FILL = "CREATE TABLE s1.big TABLESPACE small AS SELECT repeat('x', 500) FROM generate_series(1, 9000);\n"


@pytest.fixture
def disk(require: Callable[[str], None]) -> Iterator[Path]:
    """A file system of two megabytes that belongs to the servers' account."""
    require("tmpfs")
    with small_disk("2m") as folder:
        yield folder


def test_is_said_with_a_next_step_and_leaves_nothing(
    project: Project, make_server: Callable[..., Server], disk: Path
) -> None:
    server = make_server()
    url = server.url("postgres")
    server.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
    project.write(tables(1), {"migrations/0002_fill.sql": FILL})
    project.footing("bootstrap", database=url, sql=project.sql, check=True)
    server.execute("GRANT CREATE ON TABLESPACE small TO footing_owner")

    full = project.run("migrate", database=url)
    enlarge(disk, "32m")
    again = project.run("migrate", database=url)

    assert full.returncode == 6
    assert "No space left on device" in full.stderr
    assert "next: free disk space" in full.stderr
    assert "Traceback" not in full.stderr
    assert again.returncode == 0, again.stderr
    assert "applied 1 migration" in again.stdout
