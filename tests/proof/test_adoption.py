"""Databases that the runner did not make can be taken over, if they are what they should be."""

import subprocess
import sys

import pytest

from runner import files
from runner.settings import CHECKOUT, home
from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.server import Server

FILES = files.find(home())
LAST = FILES[-1].number
FOLDERS = [f"sql/{folder}" for folder in files.FOLDERS]


def _yoyo(server: Server, database: Database, *arguments: str) -> str:
    environment = {
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGUSER": server.superuser,
        "PATH": "",
    }
    command = [sys.executable, "-m", "yoyo", *arguments]
    done = subprocess.run(
        command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def made_by_yoyo(server: Server, prepared_db: Database) -> Database:
    """A database to which plain yoyo applied our files, as a superuser, in its own order."""
    url = f"postgresql+psycopg:///{prepared_db.name}"
    _yoyo(server, prepared_db, "apply", "--batch", "--no-config-file", "-d", url, *FOLDERS)
    return prepared_db


def test_a_database_made_by_plain_yoyo_is_adopted_with_its_history(
    made_by_yoyo: Database, footing: Footing
) -> None:
    url = made_by_yoyo.url()
    times = made_by_yoyo.admin.execute(
        "SELECT migration_id, applied_at_utc FROM public._yoyo_migration ORDER BY 1"
    ).fetchall()

    adopted = footing("adopt", "--to", str(LAST), database=url)

    assert adopted.returncode == 0, adopted.stderr
    kept = "SELECT migration_id, applied_at_utc FROM footing._yoyo_migration ORDER BY 1"
    assert made_by_yoyo.admin.execute(kept).fetchall() == times
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('core', 'ops', 'footing')"
    assert made_by_yoyo.admin.execute(owners).fetchall() == [("footing_owner",)]
    again = footing("migrate", database=made_by_yoyo.url("test_deploy"), check=True)
    assert "up to date" in again.stdout
    assert footing("verify", database=url).returncode == 0


def test_adopting_refuses_a_database_that_differs_and_says_where(
    made_by_yoyo: Database, footing: Footing
) -> None:
    made_by_yoyo.admin.execute("CREATE INDEX idx_users_by_hand ON core.users (created_at)")
    made_by_yoyo.admin.execute("DROP POLICY projects_admins_delete ON core.projects")

    refused = footing("adopt", "--to", str(LAST), database=made_by_yoyo.url())

    assert refused.returncode == 4
    assert "index core.idx_users_by_hand: exists here, and nowhere in the migrations" in refused.stderr
    assert "policy projects_admins_delete on core.projects: missing here" in refused.stderr
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'footing'"
    assert made_by_yoyo.admin.execute(schemas).fetchone() == (0,)


def test_adopting_an_earlier_number_leaves_the_rest_pending(
    prepared_db: Database, footing: Footing
) -> None:
    url = prepared_db.url()
    footing("migrate", "--to", "8", database=url, check=True)
    prepared_db.admin.execute("DROP SCHEMA footing CASCADE")

    wrong = footing("adopt", "--to", "23", database=url)
    right = footing("adopt", "--to", "8", database=url)

    assert wrong.returncode == 4
    assert "column core.audit_logs.action: missing here" in wrong.stderr
    assert right.returncode == 0, right.stderr
    assert (
        f"applied {sum(file.number > 8 for file in FILES)} migrations"
        in footing("migrate", database=url, check=True).stdout
    )


def test_a_database_restored_from_a_dump_without_the_records_is_adopted(
    server: Server, migrated_db: Database, prepared_db: Database, footing: Footing
) -> None:
    dump = [str(server.bindir / "pg_dump"), "--exclude-schema=footing", "--exclude-schema=extensions"]
    dumped = subprocess.run([*dump, migrated_db.url()], capture_output=True, check=True).stdout
    restore = [str(server.bindir / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", prepared_db.url()]
    subprocess.run(restore, input=dumped, check=True, capture_output=True)

    adopted = footing("adopt", "--to", str(LAST), database=prepared_db.url())

    assert adopted.returncode == 0, adopted.stderr
    assert "up to date" in footing("migrate", database=prepared_db.url(), check=True).stdout


def test_a_database_restored_whole_needs_no_adopting(
    server: Server, migrated_db: Database, empty_db: Database, footing: Footing
) -> None:
    dumped = subprocess.run(
        [str(server.bindir / "pg_dump"), migrated_db.url()], capture_output=True, check=True
    ).stdout
    restore = [str(server.bindir / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", empty_db.url()]
    subprocess.run(restore, input=dumped, check=True, capture_output=True)

    assert "up to date" in footing("migrate", database=empty_db.url(), check=True).stdout
    assert "adopted 0" in footing("adopt", "--to", str(LAST), database=empty_db.url(), check=True).stdout


def test_plain_yoyo_lists_what_the_runner_applied(server: Server, migrated_db: Database) -> None:
    url = f"postgresql+psycopg:///{migrated_db.name}?schema=footing"

    listed = _yoyo(server, migrated_db, "list", "--batch", "--no-config-file", "-d", url, *FOLDERS)

    applied = [line for line in listed.splitlines() if line.startswith("A ")]
    assert len(applied) == len(files.find(home()))
