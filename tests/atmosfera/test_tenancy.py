"""A row of one project can't point into another's, and goes with its own."""

import pytest
from psycopg import errors

from tests.core.conftest import Cast
from tests.support.atmosfera import TABLES, add, rows

# table → column → the table it points into: every composite key of the schema
REFERENCES = [
    ("test_cases", "suite_id", "test_suites"),
    ("test_cycle_items", "cycle_id", "test_cycles"),
    ("test_cycle_items", "test_case_id", "test_cases"),
    ("test_cycle_items", "suite_id", "test_suites"),
    ("test_runs", "cycle_item_id", "test_cycle_items"),
    ("test_case_jira_links", "test_case_id", "test_cases"),
    ("test_case_jira_links", "jira_ticket_id", "jira_tickets"),
    ("document_folders", "parent_id", "document_folders"),
    ("documents", "folder_id", "document_folders"),
]


def test_a_row_does_not_point_into_another_project(cast: Cast) -> None:
    rows(cast, cast.apollo)
    theirs = rows(cast, cast.borealis)

    for table, column, target in REFERENCES:
        update = f"UPDATE atmosfera.{table} SET {column} = %s WHERE project_id = %s".encode()
        with pytest.raises(errors.ForeignKeyViolation, match=f"{table}_{column}_fkey"):
            cast.db.admin.execute(update, [theirs[target]["id"], cast.apollo])
        assert cast.db.admin.execute(update, [theirs[target]["id"], 0]).rowcount == 0  # the query is right


def test_every_reference_inside_the_schema_is_tested_above(cast: Cast) -> None:
    found = cast.db.admin.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'atmosfera'::regnamespace"
        " AND confrelid <> 'atmosfera.maturity_dimensions'::regclass AND conparentid = 0"
        " AND confrelid <> ALL ('{core.users,core.projects}'::regclass[])"
    )

    assert {row[0] for row in found} == {f"{table}_{column}_fkey" for table, column, _ in REFERENCES}


def test_no_row_is_without_a_tenant(cast: Cast) -> None:
    found = cast.db.admin.execute(
        "SELECT c.relname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid"
        " WHERE attname = 'project_id' AND attnotnull AND NOT relispartition"
        " AND relkind IN ('r', 'p') AND relnamespace = 'atmosfera'::regnamespace"
    )

    assert {row[0] for row in found} == set(TABLES)


FILLED = {
    "test_cycle_items": "INSERT INTO atmosfera.test_cycle_items (cycle_id, test_case_id)"
    " SELECT (SELECT max(id) FROM atmosfera.test_cycles WHERE project_id = {0}), max(id)"
    " FROM atmosfera.test_cases WHERE project_id = {0}",
    "test_runs": "INSERT INTO atmosfera.test_runs (cycle_item_id, status) SELECT max(id), 'failed'"
    " FROM atmosfera.test_cycle_items WHERE project_id = {0}",
    "test_case_jira_links": "INSERT INTO atmosfera.test_case_jira_links (test_case_id, jira_ticket_id)"
    " SELECT (SELECT max(id) FROM atmosfera.test_cases WHERE project_id = {0}), max(id)"
    " FROM atmosfera.jira_tickets WHERE project_id = {0}",
}


def test_a_tenant_left_out_is_the_parents(cast: Cast) -> None:
    rows(cast, cast.apollo)
    add(cast, "test_cases", project_id=cast.apollo, title="Log out")

    for table, insert in FILLED.items():
        assert cast.run("editor", insert.format(cast.apollo)) == 1
        count = f"SELECT count(*) FROM atmosfera.{table} WHERE project_id = %s"
        assert cast.value(count, cast.apollo) == 2, table


PARENTS = {
    "test_cycle_items": ("(cycle_id, test_case_id)", "test_cycles", "there is no test cycle "),
    "test_runs": ("(cycle_item_id, status)", "test_cycle_items", "there is no test cycle item "),
    "test_case_jira_links": ("(test_case_id, jira_ticket_id)", "test_cases", "there is no test case "),
}


def test_another_tenants_parent_is_as_absent_as_none(cast: Cast) -> None:
    theirs = rows(cast, cast.borealis)

    for table, (columns, parent, refusal) in PARENTS.items():
        for absent in (theirs[parent]["id"], 1_000_000):
            value = "'passed'" if table == "test_runs" else "1"
            with pytest.raises(errors.ForeignKeyViolation, match=refusal):
                cast.run("editor", f"INSERT INTO atmosfera.{table} {columns} VALUES ({absent}, {value})")


def test_a_deleted_project_takes_every_row_along_and_no_other(cast: Cast) -> None:
    rows(cast, cast.apollo)
    rows(cast, cast.borealis)

    cast.db.admin.execute("DELETE FROM core.projects WHERE id = %s", [cast.apollo])

    left = [cast.value(f"SELECT array_agg(project_id) FROM atmosfera.{table}") for table in TABLES]
    assert left == [[cast.borealis]] * len(TABLES)


def test_what_may_be_without_a_parent_stays_when_it_goes(cast: Cast) -> None:
    rows(cast, cast.apollo)

    cast.db.admin.execute("DELETE FROM atmosfera.test_suites")
    cast.db.admin.execute("DELETE FROM atmosfera.document_folders")

    for table in ("test_cases", "test_cycle_items"):
        row = cast.db.admin.execute(f"SELECT project_id, suite_id FROM atmosfera.{table}".encode())
        assert row.fetchone() == (cast.apollo, None), table
    row = cast.db.admin.execute("SELECT project_id, folder_id FROM atmosfera.documents").fetchone()
    assert row == (cast.apollo, None)


def test_a_person_who_did_something_stays_and_can_be_erased(cast: Cast) -> None:
    suite = add(cast, "test_suites", project_id=cast.apollo, name="Login")
    insert = "INSERT INTO atmosfera.test_cases (project_id, suite_id, title) VALUES (%s, %s, 'x')"
    cast.run("editor", insert, cast.apollo, suite)

    with pytest.raises((errors.ForeignKeyViolation, errors.RestrictViolation)):
        cast.db.admin.execute("DELETE FROM core.users WHERE id = %s", [cast.editor])
    cast.run("admin", f"SELECT core.erase_user({cast.editor})")

    assert cast.value("SELECT user_id FROM atmosfera.test_cases") == cast.editor
