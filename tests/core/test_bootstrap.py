"""sql/bootstrap.sql: what a superuser does once, again, and at the same time as somebody else."""

import subprocess
import threading
from collections.abc import Callable

import psycopg
import pytest

from tests.support.database import Database, fresh_database
from tests.support.footing import ROOT
from tests.support.server import Server

BOOTSTRAP = ROOT / "sql" / "bootstrap.sql"
GROUPS = {
    "footing_owner": False,
    "authenticated_users": False,
    "readonly_users": False,
    "authenticator": False,
    "monitoring": False,
    "bulk_loader": True,
}
ROLES = "SELECT rolname, rolbypassrls FROM pg_roles WHERE NOT rolcanlogin AND rolname !~ '^pg_'"


def _bootstrap(url: str) -> list[str]:
    """Run the file as one message and return its notices."""
    said: list[str] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        connection.execute(BOOTSTRAP.read_bytes())
    return said


def test_the_groups_are_made_and_none_can_log_in(empty_db: Database) -> None:
    _bootstrap(empty_db.url())

    assert dict(empty_db.admin.execute(ROLES).fetchall()) == GROUPS


def test_a_second_run_changes_nothing_and_says_nothing(prepared_db: Database) -> None:
    catalogue = (
        "SELECT (SELECT array_agg(nspacl::text) FROM pg_namespace), "
        "(SELECT datacl::text FROM pg_database WHERE datname = current_database()), "
        "(SELECT array_agg(m::text ORDER BY m.member, m.roleid) FROM pg_auth_members AS m)"
    )
    before = prepared_db.admin.execute(catalogue).fetchone()

    said = _bootstrap(prepared_db.url())

    assert said == []
    assert prepared_db.admin.execute(catalogue).fetchone() == before


def test_psql_runs_the_file_too(empty_db: Database, require: Callable[[str], None]) -> None:
    require("psql")

    done = subprocess.run(
        ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", BOOTSTRAP, empty_db.url()],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_on_a_new_server_any_number_at_once_in_any_databases_succeed(
    make_server: Callable[..., Server],
) -> None:
    server = make_server()
    failed: list[str] = []

    def run(url: str) -> None:
        try:
            _bootstrap(url)
        except psycopg.Error as error:
            failed.append(str(error))

    with fresh_database(server) as one, fresh_database(server) as other:
        for _ in range(5):
            runs = [
                threading.Thread(target=run, args=[database.url()])
                for database in (one, other)
                for _ in range(4)
            ]
            for thread in runs:
                thread.start()
            for thread in runs:
                thread.join()

        assert failed == []
        assert dict(one.admin.execute(ROLES).fetchall()) == GROUPS


def test_the_owner_may_create_here_and_read_what_blocks_it(prepared_db: Database) -> None:
    row = prepared_db.admin.execute(
        "SELECT has_database_privilege('footing_owner', current_database(), 'CREATE'), "
        "pg_has_role('footing_owner', 'pg_read_all_stats', 'USAGE'), "
        "pg_has_role('monitoring', 'pg_monitor', 'USAGE')"
    ).fetchone()

    assert row == (True, True, True)


def test_public_is_closed_where_it_was_open(empty_db: Database) -> None:
    empty_db.admin.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")

    _bootstrap(empty_db.url())

    assert empty_db.admin.execute(
        "SELECT has_schema_privilege('authenticated_users', 'public', 'CREATE')"
    ).fetchone() == (False,)


@pytest.mark.parametrize("schema", [None, "public"])
def test_pg_stat_statements_ends_up_in_extensions(empty_db: Database, schema: str | None) -> None:
    if schema:
        empty_db.admin.execute(f"CREATE EXTENSION pg_stat_statements SCHEMA {schema}".encode())

    _bootstrap(empty_db.url())

    assert empty_db.admin.execute(
        "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_stat_statements'"
    ).fetchone() == ("extensions",)
    with empty_db.session("monitoring") as session:
        session.execute("SELECT count(*) FROM extensions.pg_stat_statements")


def test_a_database_without_schema_public_is_no_problem(empty_db: Database) -> None:
    empty_db.admin.execute("DROP SCHEMA public")

    _bootstrap(empty_db.url())

    assert empty_db.admin.execute("SELECT to_regnamespace('extensions') IS NULL").fetchone() == (False,)


def test_somebody_elses_role_of_that_name_is_left_alone_and_reported(
    make_server: Callable[..., Server],
) -> None:
    server = make_server()

    with fresh_database(server) as database:
        database.admin.execute("CREATE ROLE monitoring LOGIN")
        said = _bootstrap(database.url())
        can_login = database.admin.execute(
            "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'monitoring'"
        ).fetchone()

    assert said == ["role monitoring was here already, and differs from what Footing expects"]
    assert can_login == (True,)
