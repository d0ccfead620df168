"""Test cases and executions: the document's INSERTs, every rule's edge, and tenants kept apart."""

from typing import Any

import pytest
from psycopg import errors

from tests.webtest.conftest import Bench

INSERT_CASE = (
    "INSERT INTO webtest.test_cases (test_id, project_id, title, description, test_type, priority, status,"
    " code, expected_output, tags, estimated_duration, created_by) "
    "VALUES (%s, %s, 'Login', 'Log in', 'e2e', 'high', 'active', 'x', 'ok', '{auth}', 30, %s)"
)
INSERT_EXECUTION = (
    "INSERT INTO webtest.test_executions (execution_id, test_id, project_id, user_id, result,"
    " execution_time, started_at, completed_at, browser, error_message, screenshots, logs) "
    "VALUES ('EXEC-1', %s, %s, %s, 'pass', 1.5, now(), now(), 'chrome', NULL, '{a.png}', 'log')"
)


def test_the_documents_own_inserts_work(bench: Bench) -> None:
    cases = bench.run("editor", INSERT_CASE, "TEST-000042", bench.apollo, bench.editor)
    executions = bench.run("editor", INSERT_EXECUTION, bench.case, bench.apollo, bench.editor)

    assert (cases, executions) == (1, 1)


def test_a_label_left_out_is_made_from_the_number(bench: Bench) -> None:
    label = bench.value("SELECT test_id FROM webtest.test_cases WHERE id = %s", bench.case)

    assert label == f"TEST-{bench.case:06}"


@pytest.mark.parametrize(("number", "label"), [(999999, "TEST-999999"), (1000000, "TEST-1000000")])
def test_a_label_grows_past_six_digits(bench: Bench, number: int, label: str) -> None:
    bench.db.admin.execute(f"ALTER TABLE webtest.test_cases ALTER id RESTART WITH {number}".encode())

    made = bench.test_case(bench.apollo)

    assert bench.value("SELECT test_id FROM webtest.test_cases WHERE id = %s", made) == label


def test_a_label_given_by_hand_is_stepped_over(bench: Bench) -> None:
    taken = bench.test_case(bench.borealis, test_id=f"TEST-{bench.foreign_case + 2:06}")

    made = bench.test_case(bench.apollo)

    assert made == taken + 2  # taken + 1 is the number of the label that was given
    assert bench.value("SELECT test_id FROM webtest.test_cases WHERE id = %s", made) == f"TEST-{made:06}"


def test_a_label_is_unique_over_all_projects(bench: Bench) -> None:
    bench.test_case(bench.borealis, test_id="TEST-777777")

    with pytest.raises(errors.UniqueViolation) as refusal:
        bench.test_case(bench.apollo, test_id="TEST-777777")

    assert refusal.value.diag.constraint_name == "test_cases_test_id_key"


REFUSED_CASES = {
    "test_cases_test_id_is_a_label_check": {"test_id": "TEST-00001"},
    "test_cases_test_type_check": {"test_type": "manual"},
    "test_cases_priority_check": {"priority": "urgent"},
    "test_cases_status_check": {"status": "deleted"},
}


@pytest.mark.parametrize("rule", REFUSED_CASES)
def test_a_case_that_breaks_a_rule_is_refused_by_name(bench: Bench, rule: str) -> None:
    with pytest.raises(errors.CheckViolation) as refusal:
        bench.test_case(bench.apollo, **REFUSED_CASES[rule])

    assert refusal.value.diag.constraint_name == rule


UNFINISHED = {"execution_time": None, "completed_at": None}
ACCEPTED: dict[str, dict[str, Any]] = {
    "a unit test of 0.02 s": {"execution_time": 0.02, "browser": None},
    "a skipped test of 0 s": {"execution_time": 0, "result": "skip"},
    "more than an hour": {"execution_time": 3601},
    "safari": {"browser": "safari"},
    "webkit": {"browser": "webkit"},
    "an error": {"result": "error"},
    "running": {"result": "running", **UNFINISHED},
    "pending": {"result": "pending", "started_at": None, **UNFINISHED},
    "done in no time": {"completed_at": "2026-01-01 10:00+00"},
    "a 10 kB message": {
        "result": "fail",
        "error_message": "".join(chr(i % 9973 + 200) for i in range(10240)),
    },
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_an_execution_is_accepted(bench: Bench, what: str) -> None:
    assert bench.execution("EXEC-1", **ACCEPTED[what])


REFUSED_EXECUTIONS: list[tuple[str, dict[str, Any]]] = [
    ("test_executions_result_check", {"result": "passed"}),
    ("test_executions_execution_time_is_a_duration_check", {"execution_time": -0.01}),
    ("test_executions_execution_time_is_a_duration_check", {"execution_time": "NaN"}),
    ("test_executions_execution_time_is_a_duration_check", {"execution_time": "Infinity"}),
    ("test_executions_only_pending_is_not_started_check", {"started_at": None}),
    ("test_executions_finished_has_an_end_check", {"completed_at": None}),
    ("test_executions_finished_has_an_end_check", {"result": "running"}),
    ("test_executions_finished_has_an_end_check", {"result": "pending"}),
    ("test_executions_ends_after_its_start_check", {"completed_at": "2026-01-01 09:59:59+00"}),
    ("test_executions_browser_check", {"browser": "opera"}),
    ("test_executions_execution_id_is_not_blank_check", {"name": " "}),
]


@pytest.mark.parametrize(("rule", "columns"), REFUSED_EXECUTIONS)
def test_an_execution_that_breaks_a_rule_is_refused_by_name(
    bench: Bench, rule: str, columns: dict[str, Any]
) -> None:
    with pytest.raises(errors.CheckViolation) as refusal:
        bench.execution(**{"name": "EXEC-1", **columns})

    assert refusal.value.diag.constraint_name == rule


def test_an_execution_gets_the_project_of_its_case(bench: Bench) -> None:
    written = bench.run(
        "editor",
        "INSERT INTO webtest.test_executions (execution_id, test_id, result) VALUES ('E', %s, 'pending')",
        bench.case,
    )

    row = bench.db.admin.execute("SELECT project_id, user_id FROM webtest.test_executions").fetchone()
    assert written == 1
    assert row == (bench.apollo, bench.editor)


def test_an_execution_cannot_name_a_case_of_another_project(bench: Bench) -> None:
    with pytest.raises(errors.ForeignKeyViolation) as refusal:
        bench.execution("EXEC-1", test_id=bench.foreign_case, project_id=bench.apollo)
    with pytest.raises(errors.ForeignKeyViolation):
        bench.run("editor", INSERT_EXECUTION, bench.foreign_case, bench.apollo, bench.editor)

    assert refusal.value.diag.constraint_name == "test_executions_project_id_test_id_fkey"


def test_a_case_one_cannot_see_gives_no_project(bench: Bench) -> None:
    insert = (
        "INSERT INTO webtest.test_executions (execution_id, test_id, result) VALUES ('E', %s, 'pending')"
    )

    with pytest.raises(errors.ForeignKeyViolation, match="there is no test case"):
        bench.run("editor", insert, bench.foreign_case)

    assert bench.run("outsider", insert, bench.foreign_case) == 1


def test_an_execution_id_is_unique(bench: Bench) -> None:
    bench.execution("EXEC-1")

    with pytest.raises(errors.UniqueViolation) as refusal:
        bench.execution("EXEC-1", test_id=bench.foreign_case)

    assert refusal.value.diag.constraint_name == "test_executions_execution_id_key"


def test_what_a_deleted_person_left_stays_without_a_name(bench: Bench) -> None:
    ada = bench.person("ada")
    case = bench.test_case(bench.apollo, created_by=ada)
    bench.execution("EXEC-1", user_id=ada)

    bench.db.admin.execute("DELETE FROM core.users WHERE id = %s", [ada])

    assert bench.value("SELECT created_by FROM webtest.test_cases WHERE id = %s", case) is None
    assert bench.value("SELECT array_agg(user_id) FROM webtest.test_executions") == [None]


def test_deleting_a_project_takes_its_cases_and_executions_along(bench: Bench) -> None:
    bench.execution("EXEC-1")
    bench.execution("EXEC-2", test_id=bench.foreign_case)
    bench.db.admin.execute("UPDATE core.projects SET status = 'deleted' WHERE id = %s", [bench.apollo])

    assert bench.run("admin", "DELETE FROM core.projects WHERE status = 'deleted'") == 1

    assert bench.value("SELECT array_agg(id) FROM webtest.test_cases") == [bench.foreign_case]
    assert bench.value("SELECT array_agg(execution_id::text) FROM webtest.test_executions") == ["EXEC-2"]


def test_the_search_vector_weighs_the_title_above_the_description(bench: Bench) -> None:
    vector = bench.value("SELECT tsv::text FROM webtest.test_cases WHERE id = %s", bench.case)

    assert vector == "'log':5B 'login':1A 'person':4B 'work':2A"


def test_the_search_vector_is_kept_only_when_its_text_changes(bench: Bench) -> None:
    bench.db.admin.execute("UPDATE webtest.test_cases SET tsv = 'stale'")

    bench.run("editor", "UPDATE webtest.test_cases SET estimated_duration = 5")
    untouched = bench.value("SELECT tsv::text FROM webtest.test_cases WHERE id = %s", bench.case)
    bench.run("editor", "UPDATE webtest.test_cases SET title = 'Logout'")
    kept = bench.value("SELECT tsv::text FROM webtest.test_cases WHERE id = %s", bench.case)

    assert untouched == "'stale'"
    assert kept == "'log':4B 'logout':1A 'person':3B"


def test_updated_at_moves(bench: Bench) -> None:
    bench.run("editor", "UPDATE webtest.test_cases SET priority = 'low'")

    assert bench.value("SELECT updated_at > created_at FROM webtest.test_cases WHERE id = %s", bench.case)


def test_the_only_project_one_writes_to_is_the_default(bench: Bench) -> None:
    default = "SELECT webtest.default_project_id()"

    alone = bench.ids("authenticated_users", "editor", default)
    reader = bench.ids("authenticated_users", "viewer", default)
    bench.grant(bench.editor, bench.borealis, "editor")
    several = bench.ids("authenticated_users", "editor", default)
    with bench.db.session("authenticated_users", bench.editor) as session:
        session.execute("SELECT set_config('app.project_id', %s, true)", [str(bench.borealis)])
        named = session.execute(default.encode()).fetchone()

    assert (alone, reader, several, named) == ({bench.apollo}, {None}, {None}, (bench.borealis,))
