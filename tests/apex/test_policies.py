"""Row security of projects, payloads and events: viewers read, editors write, managers delete."""

import pytest
from psycopg import errors

from tests.apex.conftest import MANAGES, PARTS, READS, WRITES, Office

TABLES = ["projects", "project_payloads", "project_events"]
CHANGED = {"projects": "name = 'changed'", "project_payloads": "payload = '[1]'"}


def test_an_accounts_rows_are_seen_by_its_members_and_no_other(office: Office) -> None:
    for role in ("authenticated_users", "readonly_users"):
        for part in PARTS:
            for table in TABLES:
                seen = office.ids(role, part, f"SELECT project_id FROM apex.{table}")
                expected = {office.estimate} if part in READS else set()
                expected |= {office.foreign_estimate} if part == "outsider" else set()
                assert seen == expected, (role, part, table)

    for table in TABLES:
        assert office.value(f"SELECT count(DISTINCT account_id) FROM apex.{table}") == 2


def test_a_row_is_added_by_who_edits_the_account(office: Office) -> None:
    adds = {
        "projects": f"(account_id) VALUES ({office.mercury})",
        "project_payloads": (
            f"(account_id, project_id, module, payload)"
            f" VALUES ({office.mercury}, {office.estimate}, 'm', '[]')"
        ),
        "project_events": (
            f"(account_id, project_id, event_type) VALUES ({office.mercury}, {office.estimate}, 'e')"
        ),
    }

    for part in PARTS:
        for table, add in adds.items():
            insert = f"INSERT INTO apex.{table} {add} RETURNING account_id"
            before = office.value(f"SELECT count(*) FROM apex.{table}")
            if part in WRITES:
                assert office.ids("authenticated_users", part, insert) == {office.mercury}, (part, table)
            else:
                with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                    office.run(part, insert)
            added = office.value(f"SELECT count(*) FROM apex.{table}") - before
            assert added == (1 if part in WRITES else 0), (part, table)


def test_a_row_is_changed_by_who_edits_the_account(office: Office) -> None:
    for part in PARTS:
        for table, change in CHANGED.items():
            with office.db.session("authenticated_users", office.id_of(part), commit=False) as session:
                update = f"UPDATE apex.{table} SET {change} WHERE account_id = {office.mercury}"
                changed = session.execute(update.encode()).rowcount
            assert changed == (1 if part in WRITES else 0), (part, table)

    for table in CHANGED:
        assert office.value(f"SELECT count(*) FROM apex.{table}") == 2


def test_a_row_is_deleted_by_who_manages_the_account(office: Office) -> None:
    for part in PARTS:
        for table in CHANGED:
            with office.db.session("authenticated_users", office.id_of(part), commit=False) as session:
                delete = f"DELETE FROM apex.{table} WHERE account_id = {office.mercury}"
                deleted = session.execute(delete.encode()).rowcount
            assert deleted == (1 if part in MANAGES else 0), (part, table)

    for table in CHANGED:
        assert office.value(f"SELECT count(*) FROM apex.{table}") == 2


REFUSED = [
    "UPDATE apex.accounts SET owner_id = owner_id",
    "UPDATE apex.account_members SET user_id = user_id",
    "UPDATE apex.account_members SET account_id = account_id",
    "UPDATE apex.projects SET account_id = account_id",
    "UPDATE apex.projects SET etag = 'mine'",
    "UPDATE apex.projects SET version = 7",
    "INSERT INTO apex.projects (account_id, version) VALUES (1, 7)",
    "INSERT INTO apex.projects (account_id, created_at) VALUES (1, now())",
    "UPDATE apex.project_payloads SET project_id = project_id",
    "UPDATE apex.project_payloads SET account_id = account_id",
    "UPDATE apex.project_events SET event_type = 'never'",
    "DELETE FROM apex.project_events",
    "TRUNCATE apex.project_events",
    "SELECT * FROM apex.project_stats_data",
    "SELECT count(*) FROM apex.project_stats_data",
]


def test_what_is_granted_to_nobody_is_refused_to_a_manager_too(office: Office) -> None:
    month = office.value("SELECT max(tableoid::regclass::text) FROM apex.project_events")

    for statement in [*REFUSED, f"SELECT * FROM {month}", f"DELETE FROM {month}"]:
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            office.run("manager", statement)

    assert office.value(f"SELECT count(*) FROM {month}") == 2


def test_readers_write_nothing_and_other_groups_see_nothing(office: Office) -> None:
    tables = [*TABLES, "accounts", "account_members"]

    for table in tables:
        for statement in (
            f"UPDATE apex.{table} SET account_id = DEFAULT",
            f"DELETE FROM apex.{table}",
            f"INSERT INTO apex.{table} (account_id) VALUES (DEFAULT)",
        ):
            with (
                pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
                office.db.session("readonly_users", office.manager) as session,
            ):
                session.execute(statement.encode())
        for role in ("authenticator", "monitoring"):
            with (
                pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
                office.db.session(role, office.manager) as session,
            ):
                session.execute(f"SELECT * FROM apex.{table}".encode())
        assert office.value(f"SELECT count(*) >= 2 FROM apex.{table}")


def test_nobody_signs_an_event_with_somebody_elses_name(office: Office) -> None:
    sign = "INSERT INTO apex.project_events (project_id, event_type, user_id) VALUES (%s, 'signed', %s)"

    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        office.run("editor", sign, office.estimate, office.manager)
    assert office.run("manager", sign, office.estimate, office.manager) == 1
    assert office.run("editor", sign, office.estimate, None) == 1

    signed = (
        "SELECT array_agg(user_id ORDER BY event_id) FROM apex.project_events WHERE event_type = 'signed'"
    )
    assert office.value(signed) == [office.manager, None]
