"""Each header tells the truth about locks, rewrites and scans; what does not is named."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from runner import files
from runner.settings import home
from tests.support.database import Database
from tools.proof import observing
from tools.proof.bench import Bench, bench
from tools.proof.observing import Observation
from tools.proof.rows import Filler

FILES = files.find(home())
TABLES = "CREATE SCHEMA s; CREATE TABLE s.t (x bigint, y text); CREATE TABLE s.u (x bigint PRIMARY KEY);"

# what is claimed, what is done, and what the proof says of it
LIES = {
    "-- Locks: s.t ROW EXCLUSIVE\n\nSELECT 1;": "declares Locks: s.t ROW EXCLUSIVE, and takes nothing",
    "-- Locks: nothing that existed before\n\nCREATE INDEX i ON s.t (x);": "and takes s.t SHARE",
    "-- Locks: s.t SHARE\n\nALTER TABLE s.t ADD z int;": "and takes s.t ACCESS EXCLUSIVE",
    "-- Locks: s.t SHARE, s.u SHARE\n\nCREATE INDEX i ON s.t (x);": "declares Locks: s.t SHARE, s.u SHARE",
    "-- Locks: s.t ACCESS EXCLUSIVE (no rewrite)\n\nALTER TABLE s.t ALTER x TYPE text;": "rewrites s.t",
    "-- Locks: s.t ACCESS EXCLUSIVE\n\nALTER TABLE s.t ALTER x TYPE text;": "rewrites s.t, which neither",
    "-- Locks: s.t SHARE (no scan)\n\nCREATE INDEX i ON s.t (x);": "says no scan, and reads",
    "-- Locks: nothing that existed before\n\nCREATE INDEX i ON s.u (x); DROP INDEX s.i;": "takes s.u",
}
TRUTHS = {
    "-- Locks: s.t ROW EXCLUSIVE\n\nINSERT INTO s.t VALUES (0);",
    "-- Locks: nothing that existed before\n\nINSERT INTO s.t VALUES (0);",
    "-- Locks: s.t SHARE (a scan)\n\nCREATE INDEX i ON s.t (x);",
    "-- Locks: s.t ACCESS EXCLUSIVE (no rewrite, no scan)\n\nALTER TABLE s.t ADD z int DEFAULT 1;",
    "-- Locks: s.t ACCESS EXCLUSIVE\n-- Data: rewrites s.t\n\nALTER TABLE s.t ALTER x TYPE text;",
    "-- Locks: s.t SHARE ROW EXCLUSIVE, s.u SHARE ROW EXCLUSIVE\n\n"
    "ALTER TABLE s.t ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES s.u;",
    "-- Locks: s.t SHARE UPDATE EXCLUSIVE\n-- transactional: false\n\n"
    "CREATE INDEX CONCURRENTLY i ON s.t (x);",
}


@pytest.fixture
def work(prepared_db: Database) -> Iterator[Bench]:
    """A prepared database to migrate and to look on."""
    with bench(prepared_db.url(), prepared_db.url("test_deploy")) as made:
        yield made


def _observed(work: Bench, root: Path) -> Observation:
    filler = Filler(work.admin, rows=5)
    found = None
    for file in files.find(root):
        found = observing.apply(work, file)
        filler.fill()
    assert found
    return found


def test_every_header_tells_the_truth_about_tables_with_rows(work: Bench) -> None:
    filler = Filler(work.admin, rows=1)
    lies = []
    for file in FILES:
        found = observing.apply(work, file)
        lies += [f"{file.name} {text}" for text in observing.disagreements(found)]
        filler.fill()

    assert lies == []


Write = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize("up", LIES)
def test_a_header_that_lies_is_named(work: Bench, migrations: Write, up: str) -> None:
    found = _observed(work, migrations({"migrations/0001_a.sql": TABLES, "migrations/0002_b.sql": up}))

    assert LIES[up] in "\n".join(observing.disagreements(found))


@pytest.mark.parametrize("up", sorted(TRUTHS))
def test_a_header_that_is_true_passes(work: Bench, migrations: Write, up: str) -> None:
    down = up.partition("\n\n")[0].partition("-- transactional")
    undo = "SELECT 1;" if not down[1] else "-- transactional: false\n\nDROP INDEX CONCURRENTLY s.i;"
    written = {"migrations/0001_a.sql": TABLES, "migrations/0002_b.sql": up}

    found = _observed(work, migrations({**written, "migrations/0002_b.rollback.sql": undo}))

    assert list(observing.disagreements(found)) == []
