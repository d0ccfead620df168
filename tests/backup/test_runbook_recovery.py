"""docs/runbook.md where only a backup helps: a moment before the damage, and a server without its disk."""

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ops.stack.processes import Processes
from tests.support.binaries import scratch_folder
from tests.support.pgbackrest import BackedUp
from tests.support.require import require as needs
from tests.support.runbook import Page, operator, read, stop_by_pg_ctl
from tests.webtest.conftest import Bench

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.timeout(300)]

SITUATIONS = read()
KEPT = {"table": "core.projects", "which": "name IN ('Apollo', 'Borealis')", "expected": 2}


@pytest.fixture
def situation(backed_up: BackedUp, tmp_path: Path) -> Callable[..., Page]:
    """Open the page at a title, on the server that is backed up."""
    needs("psql")
    url = backed_up.server.url("footing")
    environment = operator(backed_up.server, url, tmp_path, **{"PGBACKREST_CONFIG": str(backed_up.config)})
    return lambda title: Page(title, SITUATIONS[title], backed_up.server, environment)


@pytest.fixture(scope="module")
def filled(backed_up: BackedUp) -> None:
    """Two projects, whose people and test cases are a tenant's all."""

    class _Footing:
        admin = psycopg.connect(backed_up.server.url("footing"), autocommit=True)

    Bench(_Footing)  # type: ignore[arg-type]  (of a database it needs `admin` only)
    _Footing.admin.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that is not there yet; a copy that a failed test left in it is stopped."""
    made = scratch_folder("copy-", data=True)
    yield made / "copy"
    Processes(made / "copy").stop("postgres")
    shutil.rmtree(made)


def _projects(backed_up: BackedUp) -> list[str]:
    with psycopg.connect(backed_up.server.url("footing")) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM core.projects ORDER BY 1")]


@pytest.mark.usefixtures("filled")
def test_back_to_a_moment(
    backed_up: BackedUp, situation: Callable[..., Page], folder: Path, tmp_path: Path
) -> None:
    moment = backed_up.now()
    backed_up.server.execute("TRUNCATE core.user_project_access; DELETE FROM core.projects", "footing")
    backed_up.archive()
    copy = f"postgresql:///footing?host={folder}/s&port=5432&user={backed_up.server.superuser}"
    where = {
        **KEPT,
        "moment": moment.isoformat(),
        "folder": folder,
        "copy": copy,
        "dumps": tmp_path / "dumps",
    }
    with situation("Back to a moment") as page:
        assert not page.is_over(**where)
        assert "|delete|core.projects|" in page.run("How it shows")

        page.run("What to do", 1, **where)
        assert page.run("What to do", 1, **where).split()[2] == "2"
        page.run("What to do", **where)

        assert page.is_over(**where), page.told
    assert _projects(backed_up) == ["Apollo", "Borealis"]
    backed_up.server.execute("ALTER DATABASE footing_damaged ALLOW_CONNECTIONS true")
    with psycopg.connect(backed_up.server.url("footing_damaged")) as damaged:
        assert damaged.execute("SELECT count(*) FROM core.projects").fetchone() == (0,)
    backed_up.server.execute("DROP DATABASE footing_damaged")


@pytest.mark.usefixtures("filled")
def test_the_server_is_lost(backed_up: BackedUp, situation: Callable[..., Page]) -> None:
    server = backed_up.server
    server.execute("CREATE TABLE public.written_last ()", "footing")
    backed_up.archive()
    server.stop("immediate")
    for path in server.datadir.iterdir():
        subprocess.run(["rm", "-rf", path], check=True)
    with situation("The server is lost") as page:
        assert not page.is_over()
        assert '"exit_code": 8' in page.run("How it shows")

        try:
            page.run("What to do", local=server.url("footing", via="socket"))

            server.execute("DROP TABLE public.written_last", "footing")
            assert page.is_over(), page.told
            assert _projects(backed_up) == ["Apollo", "Borealis"]
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                stop_by_pg_ctl(server)
            server.start()
