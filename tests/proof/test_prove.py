"""The proof of the round trip finds what a rollback lacks: each fault is made once, and named."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runner import files
from tests.support.database import Database, fresh_database
from tests.support.server import Server
from tests.support.template import apply_bootstrap
from tools.proof.bench import bench
from tools.proof.round_trip import RoundTrip
from tools.proof.rows import NoRow

SCHEMA = {
    "migrations/0001_a.sql": "CREATE SCHEMA s; CREATE TABLE s.t (x bigint, y text);",
    "migrations/0001_a.rollback.sql": "-- Loses: table s.t\n\nDROP TABLE s.t; DROP SCHEMA s;",
}
UP, DOWN = "migrations/0002_b.sql", "migrations/0002_b.rollback.sql"
NOTHING = "-- Loses: nothing\n\n"

# what is wrong → the second file, its rollback, and what the proof says of it
FAULTS = {
    "an index is left": (
        "CREATE INDEX i ON s.t (x); CREATE INDEX j ON s.t (y);",
        NOTHING + "DROP INDEX s.i;",
        "leaves index s.j → DROP INDEX s.j;",
    ),
    "a column is left": (
        "ALTER TABLE s.t ADD z int;",
        NOTHING + "SELECT 1;",
        "leaves column s.t.z → ALTER TABLE s.t DROP COLUMN z;",
    ),
    "a default is not put back": (
        "ALTER TABLE s.t ALTER x SET DEFAULT 1;",
        NOTHING + "ALTER TABLE s.t ALTER x SET DEFAULT 2;",
        "+default 2",
    ),
    "a grant is left": (
        "GRANT SELECT (x) ON s.t TO monitoring;",
        NOTHING + "SELECT 1;",
        "+grants monitoring=SELECT",
    ),
    "a statistics target is left": (
        "ALTER TABLE s.t ALTER x SET STATISTICS 500;",
        NOTHING + "SELECT 1;",
        "+statistics 500",
    ),
    "a default privilege is left": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO monitoring;",
        NOTHING + "SELECT 1;",
        "leaves default privileges of footing_owner in s on r",
    ),
    "a composite type is left": (
        "CREATE TYPE s.pair AS (a int, b int);",
        NOTHING + "SELECT 1;",
        "leaves type s.pair → DROP TYPE s.pair;",
    ),
    "what has no query of its own is left": (
        "CREATE COLLATION s.plain (locale = 'C');",
        NOTHING + "SELECT 1;",
        "leaves collation s.plain",
    ),
    "a sequence counts otherwise": (
        "CREATE SEQUENCE s.q INCREMENT BY 5;",
        NOTHING + "ALTER SEQUENCE s.q INCREMENT BY 7;",
        "leaves sequence s.q",
    ),
    "more is taken than was made": (
        "CREATE INDEX i ON s.t (x);",
        "-- Loses: column s.t.y\n\nDROP INDEX s.i; ALTER TABLE s.t DROP y;",
        "takes away column s.t.y",
    ),
    "a lost column is not named": (
        "ALTER TABLE s.t ADD z int;",
        NOTHING + "ALTER TABLE s.t DROP z;",
        "destroys column s.t.z, which its Loses: line does not name",
    ),
    "lost rows are not named": (
        "CREATE INDEX i ON s.t (x);",
        NOTHING + "DROP INDEX s.i; DELETE FROM s.t;",
        "destroys rows of s.t, which",
    ),
    "changed rows are not named": (
        "CREATE INDEX i ON s.t (x);",
        NOTHING + "DROP INDEX s.i; UPDATE s.t SET x = x + 1;",
        "destroys rows of s.t, which",
    ),
    "a loss is named that is none": (
        "CREATE INDEX i ON s.t (x);",
        "-- Loses: rows of s.t\n\nDROP INDEX s.i;",
        "says that it loses rows of s.t, and does not",
    ),
    "the second time is another": (
        "CREATE TABLE s.u (x int DEFAULT 1); INSERT INTO s.u SELECT count(*) FROM pg_class;",
        "-- Loses: table s.u\n\nDROP TABLE s.u; CREATE TABLE IF NOT EXISTS footing.more ();",
        "is followed by other rows in s.u",
    ),
    "a dropped column returns at the end": (
        "ALTER TABLE s.t DROP x;",
        NOTHING + "ALTER TABLE s.t ADD x bigint;",
        "leaves column s.t.x otherwise than it was",
    ),
    "an irreversible file is undone": (
        "-- Rollback: irreversible: the rows are gone\n\nCREATE INDEX i ON s.t (x);",
        NOTHING + "DROP INDEX s.i;",
        "undoes what its file declares irreversible",
    ),
}
RIGHT = {
    "a plain index": ("CREATE INDEX i ON s.t (x);", NOTHING + "DROP INDEX s.i;"),
    "a column that is declared to return at the end": (
        "-- Rollback: returns column s.t.x at the end\n\nALTER TABLE s.t DROP x;",
        NOTHING + "ALTER TABLE s.t ADD x bigint;",
    ),
    "one that is declared irreversible and says why": (
        "-- Rollback: irreversible: the rows are gone\n\nCREATE INDEX i ON s.t (x);",
        NOTHING + "DO $$ BEGIN RAISE EXCEPTION 'gone' USING HINT = 'restore a backup'; END $$;",
    ),
    "rows that are named": (
        "CREATE INDEX i ON s.t (x);",
        "-- Loses: rows of s.t\n\nDROP INDEX s.i; DELETE FROM s.t;",
    ),
}


def _proven(server: Server, root: Path) -> str:
    with fresh_database(server) as database:
        apply_bootstrap(database.url())
        with bench(database.url(), database.url("test_deploy")) as scratch:
            proof = RoundTrip(scratch, rows=1)
            return "\n".join(problem for file in files.find(root) for problem in proof.prove(file))


Write = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named(server: Server, migrations: Write, fault: str) -> None:
    up, down, said = FAULTS[fault]

    problems = _proven(server, migrations({**SCHEMA, UP: up, DOWN: down}))

    assert said in problems


@pytest.mark.parametrize("right", RIGHT)
def test_what_is_right_passes(server: Server, migrations: Write, right: str) -> None:
    up, down = RIGHT[right]

    assert _proven(server, migrations({**SCHEMA, UP: up, DOWN: down})) == ""


def test_a_table_that_no_row_fits_is_named_with_what_to_write(
    prepared_db: Database, migrations: Write
) -> None:
    root = migrations({UP: "CREATE SCHEMA s; CREATE TABLE s.t (x int NOT NULL CHECK (x <> x));"})

    with bench(prepared_db.url(), prepared_db.url("test_deploy")) as scratch, pytest.raises(NoRow) as said:
        RoundTrip(scratch).prove(files.find(root)[0])

    assert "no row could be made for s.t" in str(said.value)
    assert "rows/s.t.sql" in str(said.value)


def test_what_only_a_dump_shows_is_named_too(prepared_db: Database, migrations: Write) -> None:
    dumps = iter([["CREATE THING a;"], ["CREATE THING a;", "CREATE THING b;"]])

    with bench(prepared_db.url(), prepared_db.url("test_deploy")) as scratch:
        problems = RoundTrip(scratch, dump=lambda: next(dumps)).prove(files.find(migrations(SCHEMA))[0])

    assert problems[-1] == "migrations/0001_a.rollback.sql leaves in a dump: +CREATE THING b;"
