"""A row of one account can't point into another's, and goes with its project."""

import pytest
from psycopg import errors

from tests.apex.conftest import Office

CHILDREN = {
    "project_payloads": "(account_id, project_id, module, payload) VALUES (%s, %s, 'm', '{}')",
    "project_events": "(account_id, project_id, event_type) VALUES (%s, %s, 'e')",
}


def test_a_row_does_not_point_into_another_account(office: Office) -> None:
    for table, values in CHILDREN.items():
        insert = f"INSERT INTO apex.{table} {values}".encode()
        for account, project in (
            (office.mercury, office.foreign_estimate),
            (office.venus, office.estimate),
            (office.mercury, 1_000_000),
        ):
            with pytest.raises(errors.ForeignKeyViolation) as refusal:
                office.db.admin.execute(insert, [account, project])
            assert refusal.value.diag.constraint_name == f"{table}_account_id_project_id_fkey"
        assert office.db.admin.execute(insert, [office.mercury, office.estimate]).rowcount == 1

    for column, other in (("project_id", office.foreign_estimate), ("account_id", office.venus)):
        move = f"UPDATE apex.project_payloads SET {column} = {other} WHERE account_id = {office.mercury}"
        with pytest.raises(errors.ForeignKeyViolation):
            office.db.admin.execute(move.encode())


def test_every_table_has_an_account_and_every_reference_is_tested_above(office: Office) -> None:
    tables = office.db.admin.execute(
        "SELECT c.relname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid"
        " WHERE attname = 'account_id' AND attnotnull AND NOT relispartition"
        " AND relkind IN ('r', 'p') AND relnamespace = 'apex'::regnamespace"
    ).fetchall()
    references = office.db.admin.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'apex'::regnamespace"
        " AND confrelid <> ALL ('{core.users,apex.accounts}'::regclass[]) AND conparentid = 0"
    ).fetchall()

    assert {row[0] for row in tables} == {"accounts", "account_members", "projects", *CHILDREN}
    assert {row[0] for row in references} == {f"{table}_account_id_project_id_fkey" for table in CHILDREN}


def test_an_account_left_out_is_the_projects(office: Office) -> None:
    for table, values in CHILDREN.items():
        insert = f"INSERT INTO apex.{table} {values.replace('account_id, ', '').replace('%s, %s', '%s')}"
        assert office.run("editor", insert, office.estimate) == 1, table
        accounts = f"SELECT array_agg(DISTINCT account_id) FROM apex.{table} WHERE project_id = %s"
        assert office.value(accounts, office.estimate) == [office.mercury], table
        for absent in (office.foreign_estimate, 1_000_000):
            with pytest.raises(errors.ForeignKeyViolation, match=f"there is no project {absent}"):
                office.run("editor", insert, absent)


def test_a_deleted_project_takes_its_rows_along_and_no_other(office: Office) -> None:
    assert office.run("manager", "DELETE FROM apex.projects") == 1

    for table in ("projects", *CHILDREN):
        left = office.value(f"SELECT array_agg(project_id) FROM apex.{table}")
        assert left == [office.foreign_estimate], table


def test_a_person_who_did_something_stays_and_can_be_erased(office: Office) -> None:
    office.run(
        "editor",
        "INSERT INTO apex.project_events (project_id, event_type) VALUES (%s, 'e')",
        office.estimate,
    )

    for part in ("editor", "owner"):
        with pytest.raises((errors.ForeignKeyViolation, errors.RestrictViolation)):
            office.db.admin.execute("DELETE FROM core.users WHERE id = %s", [office.id_of(part)])
        office.run("admin", f"SELECT core.erase_user({office.id_of(part)})")
        assert office.ids("authenticated_users", part, "SELECT project_id FROM apex.projects") == set()

    events = "SELECT array_agg(user_id) FROM apex.project_events WHERE user_id IS NOT NULL"
    assert office.value(events) == [office.editor]
    assert office.value("SELECT owner_id FROM apex.accounts WHERE name = 'Mercury'") == office.owner
