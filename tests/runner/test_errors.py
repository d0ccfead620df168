"""What the server refuses: the place in the file, the line with a caret, and all the server said."""

import json

from tests.runner.conftest import Project
from tests.support.scratch_tables import tables

BROKEN = """\
-- 0002_break

CREATE TABLE s1.u (a int);

INSERT INTO s1.u
    SELECT no_such_column
    FROM s1.t;
"""


def test_points_at_line_and_column_of_the_file_with_the_line_and_a_caret(project: Project) -> None:
    project.write(tables(1), {"migrations/0002_break.sql": BROKEN})

    said = project.run("migrate").stderr.splitlines()

    at = next(n for n, line in enumerate(said) if "migrations/0002_break.sql:6:12: " in line)
    assert 'column "no_such_column" does not exist (SQLSTATE 42703)' in said[at]
    source, caret = said[at + 1], said[at + 2]
    assert source.strip() == "6 |     SELECT no_such_column"
    assert caret.index("^") == source.index("no_such_column")


def test_counts_columns_in_characters_not_bytes(project: Project) -> None:
    text = "SELECT 'äöü — ✓', no_such_column;\n"
    project.write({"migrations/0001_break.sql": text})

    said = project.run("migrate").stderr

    assert f"migrations/0001_break.sql:1:{text.index('no_such') + 1}: " in said


def test_points_at_the_statement_where_the_server_gives_no_position(project: Project) -> None:
    text = "SELECT 1;\n\n-- a comment\nINSERT INTO s1.t VALUES (1);\nSELECT 1/0;\n"
    project.write(tables(1), {"migrations/0002_break.sql": text})

    said = project.run("migrate").stderr

    assert "migrations/0002_break.sql:5:1: division by zero (SQLSTATE 22012)" in said


def test_points_at_the_last_line_where_a_deferred_constraint_fails_at_commit(project: Project) -> None:
    text = (
        "CREATE TABLE s1.u (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);\n"
        "INSERT INTO s1.u VALUES (1), (1);\n"
    )
    project.write(tables(1), {"migrations/0002_break.sql": text})

    failed = project.run("migrate")

    assert failed.returncode == 6
    assert "migrations/0002_break.sql" in failed.stderr
    assert "23505" in failed.stderr
    assert project.applied() == ["0001_create_s1"]
    assert project.rows("SELECT to_regclass('s1.u')") == [(None,)]


def test_shows_detail_hint_and_context(project: Project) -> None:
    text = (
        "DO $$\nBEGIN\n    RAISE EXCEPTION 'no' USING DETAIL = 'the detail', HINT = 'the hint';\nEND\n$$;\n"
    )
    project.write({"migrations/0001_break.sql": text})

    said = project.run("migrate").stderr

    assert "no (SQLSTATE P0001)" in said
    assert "DETAIL: the detail" in said
    assert "HINT: the hint" in said
    assert "CONTEXT: PL/pgSQL function inline_code_block line 3" in said


def test_gives_a_machine_the_same_facts(project: Project) -> None:
    project.write(tables(1), {"migrations/0002_break.sql": BROKEN})

    error = json.loads(project.run("migrate", "--json").stdout)["error"]

    assert error["code"] == "sql"
    assert error["sqlstate"] == "42703"
    assert error["file"] == "migrations/0002_break.sql"
    assert (error["line"], error["column"]) == (6, 12)


def test_notices_and_warnings_reach_the_terminal(project: Project) -> None:
    text = "DO $$ BEGIN RAISE NOTICE 'rows: %', 42; RAISE WARNING 'careful'; END $$;\n"
    project.write({"migrations/0001_say.sql": text})

    said = project.migrate().stderr

    assert "NOTICE: rows: 42" in said
    assert "WARNING: careful" in said


def test_rows_of_a_select_are_not_printed(project: Project) -> None:
    project.write({"migrations/0001_select.sql": "SELECT 'only for the server';\n"})

    done = project.migrate()

    assert "only for the server" not in done.stdout + done.stderr


def test_a_failing_rollback_points_into_the_rollback_file(project: Project) -> None:
    project.write(
        {
            "migrations/0001_a.sql": "SELECT 1;\n",
            "migrations/0001_a.rollback.sql": "-- Loses: nothing\nSELECT 1;\nSELECT oops;\n",
        }
    )
    project.migrate()

    failed = project.run("rollback", "--yes")

    assert failed.returncode == 6
    assert "migrations/0001_a.rollback.sql:3:8: " in failed.stderr
    assert project.applied() == ["0001_a"]


def test_no_traceback_is_shown_for_any_of_it(project: Project) -> None:
    project.write({"migrations/0001_break.sql": "SELEC 1;\n"})

    failed = project.run("migrate")

    assert "Traceback" not in failed.stderr
    assert "migrations/0001_break.sql:1:1: syntax error" in failed.stderr


def test_a_session_that_is_terminated_is_told_as_a_lost_connection(project: Project) -> None:
    project.write({"migrations/0001_sleep.sql": "SELECT pg_sleep(60);\n"})
    running = project.popen("migrate")
    backend = project.wait_for_backend("wait_event = 'PgSleep'")

    project.db.admin.execute("SELECT pg_terminate_backend(%s)", [backend])
    _, said = running.communicate(timeout=30)

    assert running.returncode == 8
    assert "run the same command again" in said
    assert "Traceback" not in said
    assert project.applied() == []
