"""What is generated and committed is current, and says what the database says."""

import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from runner import catalogue, files, rules
from runner.settings import home
from tests.support.database import Database
from tests.support.server import Server
from tools import document_isolation
from tools.document_commands import PAGE, sections
from tools.document_schema import PAGES, SNAPSHOT, stale, written
from tools.locks import PAGE as LOCKS


@pytest.fixture
def made(migrated_db: Database) -> dict[Path, str]:
    """What is to be committed, as this database has it."""
    with psycopg.connect(migrated_db.url(), autocommit=True) as connection:
        return written(connection, home())


def test_the_page_of_commands_is_what_the_commands_say_of_themselves() -> None:
    assert PAGE.read_text(encoding="utf-8") == "\n".join(sections()), "run make generate and commit it"


def test_schema_sql_and_the_pages_of_docs_schema_are_those_of_this_version_too(
    made: dict[Path, str],
) -> None:
    assert stale(made) == [], "run make generate and commit them"


def test_the_page_of_locks_has_every_migration_with_the_locks_of_its_header() -> None:
    rows = {line.split("`")[1]: line for line in LOCKS.read_text("utf-8").splitlines() if "| `" in line}

    untold = [
        f"{file.id}: {lock}"
        for file in files.find(home())
        for lock in re.findall(r"\w+\.\w+ [A-Z ]+", rules.up(file).header["Locks"])
        if not re.search(r"\.\w+ ROW EXCLUSIVE", lock) and lock.strip() not in rows.get(file.id, "")
    ]

    assert untold == [], "run make locks and commit docs/locks.md"
    assert sorted(rows) == sorted(file.id for file in files.find(home()))


def test_a_page_that_differs_is_missing_or_has_no_table_is_stale(made: dict[Path, str]) -> None:
    made[SNAPSHOT] += "--"
    made[PAGES / "core" / "toys.md"] = "a table that is not committed"
    gone = PAGES / "core" / "users.md"
    del made[gone]

    assert {str(SNAPSHOT), str(PAGES / "core" / "toys.md"), str(gone)} <= set(stale(made))


def test_schema_sql_loads_into_a_bootstrapped_database_and_is_the_schema(
    server: Server, made: dict[Path, str], migrated_db: Database, prepared_db: Database
) -> None:
    psql = [str(server.bindir / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", prepared_db.url()]

    loaded = subprocess.run(psql, input=made[SNAPSHOT], capture_output=True, text=True, check=False)

    assert loaded.returncode == 0, loaded.stderr
    for database in (migrated_db, prepared_db):
        database.admin.execute("SET search_path = pg_catalog")
    assert catalogue.compare(catalogue.live(migrated_db.admin), catalogue.live(prepared_db.admin)) == []


def test_each_table_and_each_of_its_columns_has_a_place_on_a_page(
    made: dict[Path, str], migrated_db: Database
) -> None:
    columns = migrated_db.admin.execute(
        "SELECT n.nspname, c.relname, quote_ident(a.attname)"
        " FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition AND a.attnum > 0"
        " AND NOT a.attisdropped AND pg_get_userbyid(c.relowner) = 'footing_owner'"
        " AND n.nspname <> 'footing'"
    ).fetchall()

    absent = [
        f"{schema}.{table}.{column}"
        for schema, table, column in columns
        if f"| `{column}` |" not in made[PAGES / schema / f"{table}.md"]
    ]

    assert len(columns) > 100
    assert absent == []


def test_the_page_on_isolation_lists_the_allowances_of_the_proof() -> None:
    page = document_isolation.PAGE.read_text(encoding="utf-8")

    assert page == document_isolation.page(), "run make generate and commit it"
