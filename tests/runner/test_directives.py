"""What a migration file may contain: anything else is refused by file and line, before anything runs."""

import pytest

from tests.runner.conftest import Project
from tests.support.scratch_tables import tables

INDEX = "CREATE INDEX CONCURRENTLY idx_t_x ON s1.t (x);\n"

# name: (content of migrations/0002_x.sql, the line it is refused at, a word of the reason)
REFUSED = {
    "a byte order mark": ("\ufeffSELECT 1;\n", 1, "byte order mark"),
    "a directive with a capital": (f"-- Transactional: false\n{INDEX}", 1, "malformed"),
    "a directive with another value": (f"-- transactional: no\n{INDEX}", 1, "malformed"),
    "a directive with a trailing space": (f"-- transactional: false \n{INDEX}", 1, "malformed"),
    "a directive without its space": (f"--transactional: false\n{INDEX}", 1, "malformed"),
    "a directive without its colon's space": (f"-- transactional:false\n{INDEX}", 1, "malformed"),
    "a directive said twice": (f"-- transactional: false\n-- transactional: false\n{INDEX}", 2, "second"),
    "a directive behind a block comment": (f"/* x */\n-- transactional: false\n{INDEX}", 2, "header"),
    "a directive behind a blank line": (f"-- x\n\n-- transactional: false\n{INDEX}", 3, "header"),
    "a directive behind a statement": (f"{INDEX}-- transactional: false\n", 2, "header"),
    "a lock_timeout without a unit": ("-- lock_timeout: 30\nSELECT 1;\n", 1, "malformed"),
    "a lock_timeout of nothing": ("-- lock_timeout: 0s\nSELECT 1;\n", 1, "malformed"),
    "yoyo's depends": ("-- depends: 0001_create_s1\nSELECT 1;\n", 1, "depends"),
    "an unknown header line": ("-- What: x\n-- Wat: y\nSELECT 1;\n", 2, "Wat"),
    "BEGIN": ("-- x\nBEGIN;\nSELECT 1;\nCOMMIT;\n", 2, "BEGIN"),
    "BEGIN with an isolation level": ("-- x\nBEGIN ISOLATION LEVEL SERIALIZABLE;\n", 2, "BEGIN"),
    "START TRANSACTION": ("-- x\nSTART TRANSACTION;\n", 2, "START"),
    "COMMIT": ("SELECT 1;\nCOMMIT;\nSELECT 2;\n", 2, "COMMIT"),
    "END": ("SELECT 1;\nEND;\n", 2, "END"),
    "ROLLBACK": ("SELECT 1;\nROLLBACK;\n", 2, "ROLLBACK"),
    "SAVEPOINT": ("SELECT 1;\n\nSAVEPOINT a;\n", 3, "SAVEPOINT"),
    "PREPARE TRANSACTION": ("SELECT 1;\nPREPARE TRANSACTION 'a';\n", 2, "PREPARE"),
    "a psql command": ("SELECT 1;\n\\i other.sql\n", 2, "psql"),
    "psql's copy": ("\\copy s1.t FROM 'x'\n", 1, "psql"),
    "COPY FROM stdin": ("SELECT 1;\nCOPY s1.t FROM stdin;\n1\n\\.\n", None, "psql"),
    "COPY FROM STDIN without data": ("SELECT 1;\nCOPY s1.t (x) FROM STDIN;\n", 2, "stdin"),
    "SET, which would leak": ("SET search_path = s1;\nSELECT 1;\n", 1, "leak"),
    "SET SESSION": ("SET SESSION statement_timeout = 0;\nSELECT 1;\n", 1, "leak"),
    "RESET ROLE": ("RESET ROLE;\nSELECT 1;\n", 1, "leak"),
    "an index built CONCURRENTLY in a transaction": (INDEX, 1, "transaction"),
    "DROP INDEX CONCURRENTLY in a transaction": ("DROP INDEX CONCURRENTLY s1.i;\n", 1, "transaction"),
    "VACUUM in a transaction": ("VACUUM s1.t;\n", 1, "transaction"),
    "two statements without a transaction": (
        f"-- transactional: false\n{INDEX}SELECT 1;\n",
        3,
        "second statement",
    ),
    "anything but an index or VACUUM without a transaction": (
        "-- transactional: false\nCREATE TABLE s1.u ();\n",
        2,
        "CONCURRENTLY",
    ),
    "a concurrent index without a name": (
        "-- transactional: false\nCREATE INDEX CONCURRENTLY ON s1.t (x);\n",
        2,
        "",
    ),
    "nothing": ("", None, "no statement"),
    "only comments": ("-- What: x\n/* y */\n", None, "no statement"),
    "only semicolons": (" ; ;\n", None, "no statement"),
    "a string without an end": ("SELECT 1;\nSELECT 'it;\n", 2, "never closed"),
    "a comment without an end": ("SELECT 1;\n/* /* */\n", 2, "never closed"),
    "a dollar quote without an end": ("DO $a$ BEGIN END $b$;\n", 1, "never closed"),
    "a NUL byte": ("SELECT 1;\nSELECT '\0';\n", 2, "NUL"),
}

# name: a file that looks like one of the above and is none
ACCEPTED = {
    "columns named begin, end and declare": (
        'CREATE TABLE s1.u ("begin" int, declare int, savepoint int, "end" int);\n'
        "COMMENT ON COLUMN s1.u.begin IS 'x';\n"
    ),
    "the XOR operator": "INSERT INTO s1.t VALUES (5 # 3);\n",
    "nested comments with keywords": "/* a /* BEGIN; */ COMMIT; */\nSELECT 1; -- ROLLBACK;\n",
    "semicolons in strings": "INSERT INTO s1.t VALUES (length('a;b''; COMMIT;'));\n",
    "a backslash in a string": "SELECT '\\d', E'\\'\\\\; COMMIT', 'C:\\';\n",
    "BEGIN in a plpgsql body": "DO $$\nBEGIN\n    PERFORM 1;\nEND\n$$;\n",
    "an SQL function with BEGIN ATOMIC": (
        "CREATE FUNCTION s1.f(a int) RETURNS int LANGUAGE sql\n"
        "BEGIN ATOMIC\n    SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END;\n    SELECT a + 1;\nEND;\n"
        "SELECT s1.f(1);\n"
    ),
    "a dollar quote within another": "DO $a$ BEGIN EXECUTE $$SELECT 1;$$; END $a$;\n",
    "SET LOCAL": "SET LOCAL work_mem = '8MB';\nSELECT 1;\n",
    "SET CONSTRAINTS": "SET CONSTRAINTS ALL IMMEDIATE;\nSELECT 1;\n",
    "a statement without its semicolon": "SELECT 1;\nINSERT INTO s1.t VALUES (1)",
    "a comment behind the last statement": "SELECT 1\n-- the end",
    "letters outside ASCII": "COMMENT ON TABLE s1.t IS 'Größe — ✓';\nSELECT 1 AS größe;\n",
    "Windows line endings": "SELECT 1;\r\nINSERT INTO s1.t VALUES (2);\r\n",
    "a header that says transactional: true": "-- transactional: true\n\nSELECT 1;\n",
    "a header with its own lock_timeout": "-- lock_timeout: 30s\n\nSELECT 1;\n",
    "a header continued on indented lines": "-- What:     a\n--           note: b\n\nSELECT 1;\n",
    "an exclamation in prose": "-- It is said: twice.\n--\n-- What:     a.\n\nSELECT 1;\n",
}


@pytest.mark.parametrize("content, line, reason", REFUSED.values(), ids=REFUSED.keys())
def test_refuses(project: Project, content: str, line: int | None, reason: str) -> None:
    project.write(tables(1), {"migrations/0002_x.sql": f"{content}"})

    refused = project.run("migrate")

    assert refused.returncode == 9, refused.stderr
    where = "migrations/0002_x.sql" + (f":{line}: " if line else "")
    assert where in refused.stderr
    assert reason in refused.stderr
    assert "next:" in refused.stderr
    assert project.rows("SELECT to_regnamespace('s1')") == [(None,)], "nothing may have run"


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepts(project: Project, content: str) -> None:
    project.write(tables(1), {"migrations/0002_x.sql": content})

    project.migrate()

    assert project.applied() == ["0001_create_s1", "0002_x"]


def test_refuses_a_file_that_is_not_utf_8(project: Project) -> None:
    project.write(tables(1), {"migrations/0002_x.sql": ""})
    (project.sql / "migrations/0002_x.sql").write_bytes(b"SELECT 1;\nSELECT 'Gr\xf6\xdfe';\n")

    refused = project.run("migrate")

    assert refused.returncode == 9
    assert "migrations/0002_x.sql:2: is not valid UTF-8" in refused.stderr


@pytest.mark.parametrize("content", ["", "-- Reverses 0002.\n-- Loses: nothing\n", " ;\n"])
def test_refuses_a_rollback_that_does_nothing(project: Project, content: str) -> None:
    project.write(
        tables(1), {"migrations/0002_x.sql": "SELECT 1;\n", "migrations/0002_x.rollback.sql": content}
    )

    refused = project.run("migrate")

    assert refused.returncode == 9
    assert "0002_x.rollback.sql: contains no statement" in refused.stderr
    assert project.applied() == []


def test_the_rules_hold_for_rollback_files_too(project: Project) -> None:
    project.write(
        tables(1),
        {
            "migrations/0002_x.sql": "SELECT 1;\n",
            "migrations/0002_x.rollback.sql": "-- Loses: nothing\nSELECT 1;\nCOMMIT;\n",
        },
    )

    refused = project.run("migrate")

    assert refused.returncode == 9
    assert "0002_x.rollback.sql:3: COMMIT" in refused.stderr


NAMES = {
    "migrations/.0004_x.sql": "not a migration's name",
    "migrations/0002_x.SQL": "not a migration's name",
    "migrations/2_x.sql": "not a migration's name",
    "migrations/0002-x.sql": "not a migration's name",
    "migrations/0002_Create.sql": "not a migration's name",
    "migrations/000011.sql": "not a migration's name",
    "views/0001_other.sql": "already used by migrations/0001_create_s1.sql",
    "migrations/0002_x.rollback.sql": "rollback of nothing",
    "views/old/0002_x.sql": "is a folder",
}


@pytest.mark.parametrize("name, reason", NAMES.items(), ids=NAMES.keys())
def test_refuses_a_file_called(project: Project, name: str, reason: str) -> None:
    project.write(tables(1))
    path = project.sql / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("SELECT 1;\n")
    if reason.startswith("already"):
        path.with_name("0001_other.rollback.sql").write_text("SELECT 1;\n")

    refused = project.run("migrate")

    assert refused.returncode == 9
    assert reason in refused.stderr
    assert name.rpartition("/")[0].split("/")[0] in refused.stderr
    assert project.applied() == []


def test_refuses_a_migration_without_its_rollback(project: Project) -> None:
    project.write(tables(1, 2))
    (project.sql / "migrations/0002_create_s2.rollback.sql").unlink()

    refused = project.run("migrate")

    assert refused.returncode == 9
    assert "has no 0002_create_s2.rollback.sql" in refused.stderr
    assert project.applied() == []


def test_leaves_other_files_alone(project: Project) -> None:
    project.write(tables(1))
    (project.sql / "migrations/README.md").write_text("x")

    project.migrate()

    assert project.applied() == ["0001_create_s1"]


def test_a_folder_without_migrations_is_a_usage_error_that_names_it(project: Project) -> None:
    lost = project.sql / "elsewhere"
    lost.mkdir()

    refused = project.run("migrate", sql=lost)

    assert refused.returncode == 2
    assert str(lost) in refused.stderr
    assert "FOOTING_SQL" in refused.stderr
