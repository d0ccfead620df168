"""Each migration file: its header, what it may not contain, and that all rollbacks leave nothing.

That each rollback is the reverse of its file, and each header true, is tested in tests/proof/.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.database import Database
from tests.support.footing import ROOT

FOLDERS = ("migrations", "indexes", "views")
KEYS = ["What", "Why", "Locks", "Data", "Rollback"]
UPS = sorted(
    (
        path
        for folder in FOLDERS
        for path in (ROOT / "sql" / folder).glob("[0-9]*.sql")
        if not path.name.endswith(".rollback.sql")
    ),
    key=lambda path: path.name,
)


def _down(up: Path) -> Path:
    return up.with_name(up.name.replace(".sql", ".rollback.sql"))


def _header(path: Path, key: str) -> str:
    found = re.search(rf"^-- {key}:(.*(?:\n--   .*)*)", path.read_text(), re.MULTILINE)
    return re.sub(r"\s*\n--\s+", " ", found[1]).strip() if found else ""


@pytest.fixture(params=["postgres", "test_deploy"])
def migrating(prepared_db: Database, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """A connection as migrations have it: as a superuser, and as a plain deploy login."""
    connection = prepared_db.connect(request.param)
    connection.execute("SET ROLE footing_owner")
    connection.execute("SET search_path = pg_catalog")
    connection.execute("SET row_security = off")
    yield connection


def _dump(db: Database) -> list[str]:
    dump = subprocess.run(
        [db.server.bindir / "pg_dump", "--schema-only", db.url()],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [line for line in dump.splitlines() if not line.startswith("\\")]  # \restrict <random>


def test_all_of_them_leave_nothing_behind(prepared_db: Database, migrating: psycopg.Connection) -> None:
    empty = _dump(prepared_db)
    for up in UPS:
        _run(migrating, up)

    for up in reversed(UPS):
        _run(migrating, _down(up))

    assert _dump(prepared_db) == empty


def _run(connection: psycopg.Connection, path: Path) -> None:
    with connection.transaction():
        connection.execute(path.read_bytes())


LOCKS = (
    r"nothing that existed before|"
    r"[a-z_]+\.[a-z_]+ [A-Z ]*[A-Z](, [a-z_]+\.[a-z_]+ [A-Z ]*[A-Z])*( \([^()]+\))?"
)
LOSS = r"(table|rows of|reference rows of) [a-z_]+\.[a-z_]+|column [a-z_]+\.[a-z_]+\.[a-z_]+"


@pytest.mark.parametrize("up", UPS, ids=lambda path: path.stem)
def test_a_header_is_complete_and_keeps_the_grammar(up: Path) -> None:
    text, down = up.read_text(), _down(up).read_text()

    assert text.startswith(f"-- {up.stem}\n--\n-- What: ")
    assert re.findall(r"^-- (\w+):", text.split("\n\n", maxsplit=1)[0], re.MULTILINE) == KEYS
    assert re.fullmatch(LOCKS, _header(up, "Locks"))
    assert down.startswith(f"-- Reverses {up.stem}.\n--\n-- Loses: ")
    assert re.fullmatch(
        rf"nothing|({LOSS})(, ({LOSS}))*", re.sub(r" \(.*\)$", "", _header(_down(up), "Loses"))
    )


@pytest.mark.parametrize("up", UPS, ids=lambda path: path.stem)
def test_a_file_hides_no_drift(up: Path) -> None:
    code = re.sub(r"--.*", "", up.read_text())
    undoing = re.sub(r"--.*", "", _down(up).read_text())

    assert not re.search(r"\bIF NOT EXISTS\b", code)
    assert not re.search(r"(?<!CONCURRENTLY )\bIF EXISTS\b|\bCASCADE\b", undoing)  # those are strings


def test_numbers_run_without_gap_or_repetition_over_the_three_folders() -> None:
    assert [int(path.name[:4]) for path in UPS] == list(range(1, len(UPS) + 1))
