"""Row security: a viewer reads, an editor writes, a manager deletes, and nobody sees another project."""

from typing import Any

import pytest
from psycopg import errors

from tests.core.conftest import Cast
from tests.support.atmosfera import TABLES, rows

PARTS = ["nobody", "outsider", "viewer", "editor", "manager", "owner", "admin"]
READS = {"viewer", "editor", "manager", "owner"}
WRITES = {"editor", "manager", "owner"}
MANAGES = {"manager", "owner"}

# what an editor changes of each table; metrics are never changed
CHANGED = {
    "assessments": "notes",
    "test_suites": "description",
    "test_cases": "description",
    "test_cycles": "description",
    "test_cycle_items": "assigned_user_id",
    "test_runs": "notes",
    "jira_tickets": "description",
    "test_case_jira_links": "link_type",
    "jira_sync_logs": "error_message",
    "recommendations": "description",
    "document_folders": "name",
    "documents": "title",
}
EDITORS_DELETE = {"test_cycle_items", "test_case_jira_links", "document_folders"}
ONCE = {
    "test_cycle_items": "test_case_id",
    "test_case_jira_links": "test_case_id",
    "jira_tickets": "jira_key",
    "document_folders": "name",
}


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
def test_a_projects_rows_are_seen_by_its_people_and_no_other(cast: Cast, role: str) -> None:
    ours, theirs = rows(cast, cast.apollo), rows(cast, cast.borealis)

    for part in PARTS:
        with cast.db.session(role, cast.id_of(part)) as session:
            for table in TABLES:
                seen = {row[0] for row in session.execute(f"SELECT id FROM atmosfera.{table}".encode())}
                allowed = {ours[table]["id"]} if part in READS else set()
                allowed |= {theirs[table]["id"]} if part == "outsider" else set()
                assert seen == allowed, (part, table)

    for table in TABLES:
        assert cast.value(f"SELECT count(*) FROM atmosfera.{table}") == 2


def test_a_row_is_added_by_who_edits_the_project(cast: Cast) -> None:
    ours = rows(cast, cast.apollo)
    case = cast.insert("atmosfera.test_cases", {"project_id": cast.apollo, "title": "Log out"})

    for part in PARTS:
        for table in TABLES:
            row = {column: value for column, value in ours[table].items() if column != "id"}
            if table in ONCE:
                row[ONCE[table]] = case if ONCE[table].endswith("_id") else "other"
            added = _attempt(cast, part, f"INSERT INTO atmosfera.{table}", row)
            assert added == (1 if part in WRITES else "refused"), (part, table)


def _attempt(cast: Cast, part: str, insert: str, row: dict[str, Any]) -> int | str:
    """Insert and roll back; return how many rows it added, or that it was refused."""
    marks = ", ".join("%s" for _ in row)
    with cast.db.session("authenticated_users", cast.id_of(part), commit=False) as session:
        try:
            return session.execute(
                f"{insert} ({', '.join(row)}) VALUES ({marks})", [*row.values()]
            ).rowcount
        except errors.InsufficientPrivilege as refusal:
            assert "row-level security" in str(refusal)
            return "refused"


def test_a_row_is_changed_by_who_edits_the_project(cast: Cast) -> None:
    ours = rows(cast, cast.apollo)

    for part in PARTS:
        for table, column in CHANGED.items():
            value = "NULL" if column == "assigned_user_id" else "'changed'"
            update = f"UPDATE atmosfera.{table} SET {column} = {value} WHERE id = {ours[table]['id']}"
            assert cast.run(part, update) == (1 if part in WRITES else 0), (part, table)

    for table in CHANGED:
        assert cast.value(f"SELECT count(*) FROM atmosfera.{table}") == 1


def test_a_row_is_deleted_by_who_manages_the_project(cast: Cast) -> None:
    ours = rows(cast, cast.apollo)

    for part in PARTS:
        for table in CHANGED:
            with cast.db.session("authenticated_users", cast.id_of(part), commit=False) as session:
                delete = f"DELETE FROM atmosfera.{table} WHERE id = {ours[table]['id']}"
                deleted = session.execute(delete.encode()).rowcount
            allowed = WRITES if table in EDITORS_DELETE else MANAGES
            assert deleted == (1 if part in allowed else 0), (part, table)

    for table in CHANGED:
        assert cast.value(f"SELECT count(*) FROM atmosfera.{table}") == 1


REFUSED = [
    "UPDATE atmosfera.metrics SET value = 0",
    "DELETE FROM atmosfera.metrics",
    "UPDATE atmosfera.documents SET version = 7",
    "UPDATE atmosfera.document_folders SET parent_id = NULL",
    "UPDATE atmosfera.test_cases SET search_vector = ''",
    "UPDATE atmosfera.test_runs SET executed_by = NULL",
    *(f"UPDATE atmosfera.{table} SET project_id = 1" for table in CHANGED),
]


def test_what_is_granted_to_nobody_is_refused_to_a_manager_too(cast: Cast) -> None:
    rows(cast, cast.apollo)

    for statement in REFUSED:
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            cast.run("manager", statement)


def test_readers_write_nothing(cast: Cast) -> None:
    ours = rows(cast, cast.apollo)

    for table, column in CHANGED.items():
        for statement in (
            f"UPDATE atmosfera.{table} SET {column} = NULL WHERE id = {ours[table]['id']}",
            f"DELETE FROM atmosfera.{table}",
            f"INSERT INTO atmosfera.{table} (project_id) VALUES ({cast.apollo})",
        ):
            with (
                pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
                cast.db.session("readonly_users", cast.manager) as session,
            ):
                session.execute(statement.encode())


def test_the_framework_is_read_by_everybody_signed_in_and_written_by_administrators(cast: Cast) -> None:
    rename = "UPDATE atmosfera.maturity_dimensions SET weight = 2 WHERE name = 'Risk Management'"
    reword = "UPDATE atmosfera.maturity_levels SET description = 'another' WHERE level = 1"
    add = "INSERT INTO atmosfera.maturity_dimensions (name) VALUES ('Sustainability')"
    grade = (
        "INSERT INTO atmosfera.maturity_levels (dimension_id, level, name)"
        " SELECT max(id), 1, 'Foundation' FROM atmosfera.maturity_dimensions"
    )
    remove = [f"DELETE FROM atmosfera.{table}" for table in ("maturity_levels", "maturity_dimensions")]
    last = " WHERE {} = (SELECT max(id) FROM atmosfera.maturity_dimensions)"

    for part in PARTS:
        for table, count in (("maturity_dimensions", 6), ("maturity_levels", 30)):
            seen = cast.ids("authenticated_users", part, f"SELECT id FROM atmosfera.{table}")
            assert len(seen) == (0 if part == "nobody" else count), (part, table)
        if part != "admin":
            assert cast.run(part, rename) == 0
            assert cast.run(part, reword) == 0
            for written in (add, grade):
                with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                    cast.run(part, written)
            assert [cast.run(part, removed) for removed in remove] == [0, 0], part

    assert cast.run("admin", rename) == 1
    assert cast.run("admin", reword) == 6
    assert cast.run("admin", add) == 1
    assert cast.run("admin", grade) == 1
    assert cast.run("admin", remove[0] + last.format("dimension_id")) == 1
    assert cast.run("admin", remove[1] + last.format("id")) == 1


def test_a_change_is_in_the_audit_trail_without_the_projects_texts(cast: Cast) -> None:
    document = rows(cast, cast.apollo)["documents"]["id"]

    cast.run("editor", "UPDATE atmosfera.documents SET content = 'secret plan', status = 'final'")

    changes = cast.value(
        "SELECT changes FROM core.audit_logs WHERE resource = 'atmosfera.documents'"
        " AND resource_id = %s AND action = 'update'",
        str(document),
    )
    assert changes == {
        "content": {"redacted": True},
        "status": {"old": "draft", "new": "final"},
        "version": {"old": 1, "new": 2},
    }
    assert cast.value("SELECT count(*) FROM core.audit_logs WHERE strpos(changes::text, 'secret') > 0") == 0
