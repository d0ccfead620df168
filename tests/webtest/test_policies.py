"""Who reads, writes and deletes the rows of a project, each with a control read as the owner."""

import pytest
from psycopg import errors

from tests.webtest.conftest import Bench

PARTS = ["nobody", "outsider", "viewer", "editor", "manager", "admin"]
READS = {"viewer", "editor", "manager"}
WRITES = {"editor", "manager"}
TABLES = ["test_cases", "test_executions"]
CHANGE = {
    "test_cases": "UPDATE webtest.test_cases SET code = 'changed' WHERE project_id = %s",
    "test_executions": "UPDATE webtest.test_executions SET logs = 'changed' WHERE project_id = %s",
}
CHANGED = {"test_cases": "code", "test_executions": "logs"}
ADD = {
    "test_cases": (
        "INSERT INTO webtest.test_cases (project_id, title, description, test_type) "
        "VALUES (%s, 't', 'd', 'unit')"
    ),
    "test_executions": (
        "INSERT INTO webtest.test_executions (execution_id, test_id, project_id, result) "
        "SELECT 'NEW', {case}, %s, 'pending'"
    ),
}


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The bench with an execution in each project."""
    bench.execution("EXEC-1")
    bench.execution("EXEC-2", test_id=bench.foreign_case)
    return bench


def _count(bench: Bench, table: str) -> int:
    return bench.value(f"SELECT count(*) FROM webtest.{table} WHERE project_id = %s", bench.apollo)


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
@pytest.mark.parametrize("table", TABLES)
def test_rows_are_seen_by_the_projects_people_and_no_other(bench: Bench, table: str, role: str) -> None:
    for part in PARTS:
        seen = bench.ids(role, part, f"SELECT project_id FROM webtest.{table}")

        expected = {bench.apollo} if part in READS else {bench.borealis} if part == "outsider" else set()
        assert seen == expected, part
    assert bench.value(f"SELECT count(*) FROM webtest.{table}") == 2


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_changed_by_editors_and_managers(bench: Bench, table: str) -> None:
    query = f"SELECT {CHANGED[table]} = 'changed' FROM webtest.{table} WHERE project_id = %s"
    for part in PARTS:
        bench.db.admin.execute(f"UPDATE webtest.{table} SET {CHANGED[table]} = 'as it was'".encode())

        changed = bench.run(part, CHANGE[table], bench.apollo)

        assert changed == (1 if part in WRITES else 0), part
        assert bench.value(query, bench.apollo) == (part in WRITES), part


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("part", PARTS)
def test_rows_are_added_by_editors_and_managers(bench: Bench, table: str, part: str) -> None:
    add = ADD[table].replace("{case}", str(bench.case))

    if part in WRITES:
        assert bench.run(part, add, bench.apollo) == 1
    else:
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            bench.run(part, add, bench.apollo)

    assert _count(bench, table) == (2 if part in WRITES else 1)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("part", PARTS)
def test_rows_are_deleted_by_managers(bench: Bench, table: str, part: str) -> None:
    deleted = bench.run(part, f"DELETE FROM webtest.{table} WHERE project_id = %s", bench.apollo)

    assert deleted == (1 if part == "manager" else 0)
    assert _count(bench, table) == (0 if part == "manager" else 1)


@pytest.mark.parametrize(("table", "who"), [("test_cases", "created_by"), ("test_executions", "user_id")])
def test_nobody_signs_with_somebody_elses_name(bench: Bench, table: str, who: str) -> None:
    add = ADD[table].replace("{case}", str(bench.case)).replace(" (", f" ({who}, ", 1)
    add = add.replace("VALUES (", f"VALUES ({bench.manager}, ").replace(
        "SELECT ", f"SELECT {bench.manager}, "
    )

    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        bench.run("editor", add, bench.apollo)

    assert bench.run("manager", add, bench.apollo) == 1


@pytest.mark.parametrize("verb", ["INSERT", "UPDATE", "DELETE", "TRUNCATE"])
@pytest.mark.parametrize("table", TABLES)
def test_readonly_users_write_nothing(bench: Bench, table: str, verb: str) -> None:
    allowed = bench.value("SELECT has_table_privilege('readonly_users', %s, %s)", f"webtest.{table}", verb)

    assert not allowed
    assert bench.value(
        "SELECT has_any_column_privilege('readonly_users', %s, 'SELECT')", f"webtest.{table}"
    )


@pytest.mark.parametrize("role", ["authenticator", "monitoring"])
@pytest.mark.parametrize("table", TABLES)
def test_the_other_groups_see_nothing(bench: Bench, table: str, role: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        bench.db.session(role, bench.manager) as session,
    ):
        session.execute(f"SELECT * FROM webtest.{table}".encode())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE webtest.test_cases SET project_id = project_id",
        "UPDATE webtest.test_cases SET test_id = test_id",
        "UPDATE webtest.test_executions SET project_id = project_id",
        "UPDATE webtest.test_executions SET user_id = user_id",
        "UPDATE webtest.test_executions SET created_at = now()",
        "TRUNCATE webtest.test_executions",
    ],
)
def test_what_is_granted_to_nobody_is_refused_to_a_manager(bench: Bench, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        bench.run("manager", statement)
