"""`--json`: one document on standard output, whose shape is a promise to scripts."""

import json
from typing import Any

import pytest

from tests.runner.conftest import Project
from tests.support.scratch_tables import concurrent_index, tables


def _document(project: Project, *args: str, code: int = 0) -> dict[str, Any]:
    done = project.run(*args, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["exit_code"] == code
    assert document["ok"] is (code in (0, 3))
    assert document["command"] == args[0]
    return document


def test_migrate_lists_what_was_applied_and_how_long_it_took(project: Project) -> None:
    project.write(tables(1, 2, 3))

    document = _document(project, "migrate", "--to", "2")

    assert [done["id"] for done in document["applied"]] == ["0001_create_s1", "0002_create_s2"]
    assert all(done["milliseconds"] > 0 for done in document["applied"])
    assert document["pending"] == 1
    assert project.db.name in document["database"]


def test_migrate_with_nothing_to_do_has_an_empty_list(project: Project) -> None:
    project.write(tables(1))
    project.migrate()

    assert _document(project, "migrate")["applied"] == []


def test_dry_run_says_what_would_be_applied(project: Project) -> None:
    project.write(tables(1))

    document = _document(project, "migrate", "--dry-run")

    assert document["would_apply"] == ["0001_create_s1"]
    assert document["dry_run"] is True


def test_status_has_a_row_for_each_migration(project: Project) -> None:
    project.write(tables(1, 2))
    project.migrate("--to", "1")

    document = _document(project, "status")

    first, second = document["migrations"]
    assert set(first) == {"id", "folder", "state", "applied_at"}
    assert (first["id"], first["folder"], first["state"]) == ("0001_create_s1", "migrations", "applied")
    assert (second["state"], second["applied_at"]) == ("pending", None)
    assert (document["applied"], document["pending"]) == (1, 1)


def test_status_with_exit_code_says_the_code_it_exits_with(project: Project) -> None:
    project.write(tables(1))

    assert _document(project, "status", "--exit-code", code=3)["pending"] == 1


def test_plan_describes_each_file_and_with_sql_every_message(project: Project) -> None:
    project.write(tables(1), concurrent_index(2))

    table, index = _document(project, "plan", "--sql")["pending"]

    assert table["file"] == "migrations/0001_create_s1.sql"
    assert (table["transactional"], index["transactional"]) == (True, False)
    assert any("CREATE TABLE s1.t" in message for message in table["sql"])
    assert any("CREATE INDEX CONCURRENTLY" in message for message in index["sql"])


def test_verify_counts_the_files(project: Project) -> None:
    project.write(tables(1, 2))

    document = _document(project, "verify")

    assert (document["files"], document["applied"], document["problems"]) == (2, 0, [])


def test_rollback_tells_what_is_lost_and_what_was_undone(project: Project) -> None:
    project.write(tables(1))
    project.migrate()
    project.db.admin.execute("INSERT INTO s1.t VALUES (1), (2)")

    document = _document(project, "rollback", "--yes")

    assert document["plan"][0]["loses"] == "table s1.t"
    assert document["plan"][0]["rows"] == {"table s1.t": 2}
    assert [done["id"] for done in document["rolled_back"]] == ["0001_create_s1"]


def test_new_names_the_files_it_made(project: Project) -> None:
    document = _document(project, "new", "add_x")

    assert document["id"] == "0001_add_x"
    assert [name.rpartition("/")[2] for name in document["files"]] == [
        "0001_add_x.sql",
        "0001_add_x.rollback.sql",
    ]


def test_drift_lists_each_problem(project: Project) -> None:
    project.write(tables(1))
    project.migrate()
    (project.sql / "migrations/0001_create_s1.sql").write_text("SELECT 1;\n")

    error = _document(project, "verify", code=4)["error"]

    assert error["code"] == "drift"
    (problem,) = error["problems"]
    assert set(problem) == {"kind", "id", "message", "hint"}
    assert (problem["kind"], problem["id"]) == ("changed", "0001_create_s1")


# what is run, the exit code, and the word for machines
FAILURES = {
    "an unknown option": (["migrate", "--nope"], 2, "usage"),
    "an unknown number": (["migrate", "--to", "9"], 2, "usage"),
    "a refused file": (["migrate"], 9, "refused_file"),
    "rollback that nobody confirmed": (["rollback", "--all", "--yes"], 2, "usage"),
}


@pytest.mark.parametrize("args, code, word", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_is_a_document_too(project: Project, args: list[str], code: int, word: str) -> None:
    project.write(tables(1))
    if args[0] == "rollback":
        project.migrate()
    if word == "refused_file":
        project.write({"migrations/0002_x.sql": "COMMIT;\n"})

    error = _document(project, *args, code=code)["error"]

    assert error["code"] == word
    assert error["message"]


def test_a_lock_that_was_not_had_names_the_blockers(project: Project) -> None:
    project.write(tables(1), {"migrations/0002_alter.sql": "ALTER TABLE s1.t ADD y int;\n"})
    project.migrate("--to", "1")
    reader = project.db.connect(autocommit=False, application_name="report")
    reader.execute("SELECT FROM s1.t")

    error = _document(project, "migrate", "--lock-timeout", "2s", "--lock-tries", "1", code=5)["error"]

    assert error["code"] == "lock_timeout"
    (blocker,) = error["blockers"]
    assert blocker["pid"] == reader.info.backend_pid
    assert {"application", "user", "state", "transaction_age", "query"} <= set(blocker)


def test_progress_and_notices_do_not_mix_with_the_document(project: Project) -> None:
    project.write({"migrations/0001_say.sql": "DO $$ BEGIN RAISE NOTICE 'aside'; END $$;\n"})

    done = project.run("migrate", "--json")

    assert json.loads(done.stdout)["ok"] is True
    assert "aside" in done.stderr
