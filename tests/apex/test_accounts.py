"""Accounts and their members: whoever makes one manages it, and lets others in."""

import pytest
from psycopg import errors

from tests.apex.conftest import PARTS, READS, Office

MAKE = "INSERT INTO apex.accounts (name) VALUES ('Mars') RETURNING account_id"
JOIN = "INSERT INTO apex.account_members (user_id, account_id, access_level) VALUES (%s, %s, %s)"
LEVELS = (
    "SELECT array_agg(access_level::text ORDER BY access_level) FROM apex.account_members"
    " WHERE account_id = %s AND user_id = %s"
)


def test_whoever_makes_an_account_sees_it_at_once_and_manages_it(office: Office) -> None:
    (account,) = office.ids("authenticated_users", "viewer", MAKE)
    bid = "INSERT INTO apex.projects (account_id) VALUES (%s)"

    assert office.run("viewer", bid, account) == 1
    assert office.value(LEVELS, account, office.viewer) == ["manager"]
    assert office.ids("authenticated_users", "editor", "SELECT account_id FROM apex.accounts") == {
        office.mercury
    }


def test_only_an_administrator_makes_an_account_for_somebody_else(office: Office) -> None:
    make = "INSERT INTO apex.accounts (name, owner_id) VALUES ('Mars', %s)"

    for part in ("nobody", "viewer", "manager"):
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            office.run(part, make, office.outsider)

    assert office.run("admin", make, office.outsider) == 1
    assert office.value("SELECT owner_id FROM apex.accounts WHERE name = 'Mars'") == office.outsider


def test_an_account_and_its_members_are_seen_by_whom_they_concern(office: Office) -> None:
    both, ours, theirs = {office.mercury, office.venus}, {office.mercury}, {office.venus}
    everybody = {office.owner, office.manager, office.editor, office.viewer}

    for role in ("authenticated_users", "readonly_users"):
        for part in PARTS:
            accounts = office.ids(role, part, "SELECT account_id FROM apex.accounts")
            members = office.ids(role, part, "SELECT user_id FROM apex.account_members")

            expected = ours if part in READS else {"outsider": theirs, "admin": both}.get(part, set())
            assert accounts == expected, (role, part)
            people = {"viewer": {office.viewer}, "editor": {office.editor}, "nobody": set()}
            people |= {"outsider": {office.outsider}, "admin": everybody | {office.outsider}}
            assert members == people.get(part, everybody), (role, part)

    assert office.value("SELECT count(*) FROM apex.account_members") == 5


def test_members_are_let_in_promoted_and_removed_by_who_manages_the_account(office: Office) -> None:
    promote = "UPDATE apex.account_members SET access_level = 'editor' WHERE user_id = %s"
    remove = "DELETE FROM apex.account_members WHERE user_id = %s"

    for part in PARTS:
        newcomer = office.person(f"new to {part}".replace(" ", "."))
        if part in ("manager", "owner", "admin"):
            assert office.run(part, JOIN, newcomer, office.mercury, "viewer") == 1, part
            assert office.run(part, promote, newcomer) == 1, part
            assert office.value(LEVELS, office.mercury, newcomer) == ["editor"], part
            assert office.run(part, remove, newcomer) == 1, part
        else:
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                office.run(part, JOIN, newcomer, office.mercury, "viewer")
            assert office.run(part, promote, office.viewer) == 0, part
            assert office.run(part, remove, office.manager) == 0, part

    assert office.value(LEVELS, office.mercury, office.viewer) == ["viewer"]
    assert office.value("SELECT count(*) FROM apex.account_members") == 5


def test_nobody_lets_themselves_in_nor_raises_themselves(office: Office) -> None:
    for part in ("outsider", "editor", "viewer"):
        with pytest.raises((errors.InsufficientPrivilege, errors.UniqueViolation)):
            office.run(part, JOIN, office.id_of(part), office.mercury, "manager")
    raised = office.run("editor", "UPDATE apex.account_members SET access_level = 'manager'")

    assert raised == 0
    assert office.value(LEVELS, office.mercury, office.outsider) is None
    assert office.value(LEVELS, office.mercury, office.editor) == ["editor"]


def test_anybody_may_leave_and_the_owner_come_back(office: Office) -> None:
    leave = "DELETE FROM apex.account_members WHERE user_id = %s"
    seen = "SELECT project_id FROM apex.projects"

    assert office.run("viewer", leave, office.viewer) == 1
    assert office.run("manager", leave, office.owner) == 1
    assert office.ids("authenticated_users", "viewer", seen) == set()
    assert office.ids("authenticated_users", "owner", seen) == set()
    assert office.run("owner", JOIN, office.owner, office.mercury, "manager") == 1
    assert office.ids("authenticated_users", "owner", seen) == {office.estimate}


def test_who_is_deactivated_sees_nothing(office: Office) -> None:
    tables = ["accounts", "account_members", "projects", "project_payloads", "project_events"]
    office.db.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [office.manager])

    for table in tables:
        assert office.ids("authenticated_users", "manager", f"SELECT account_id FROM apex.{table}") == set()
        assert office.value(f"SELECT count(*) > 0 FROM apex.{table}")


def test_an_account_is_deleted_by_who_manages_it_and_only_empty(office: Office) -> None:
    delete = "DELETE FROM apex.accounts WHERE account_id = %s"
    empty = office.account(office.owner, "Empty")
    office.admit(office.editor, empty, "editor")

    for part in ("nobody", "outsider", "viewer", "editor"):
        assert office.run(part, delete, empty) == 0, part
    with pytest.raises((errors.ForeignKeyViolation, errors.RestrictViolation)) as refusal:
        office.run("manager", delete, office.mercury)

    assert refusal.value.diag.constraint_name == "projects_account_id_fkey"
    assert office.run("owner", delete, empty) == 1
    assert office.value("SELECT count(*) FROM apex.account_members WHERE account_id = %s", empty) == 0


def test_an_account_is_renamed_by_who_manages_it(office: Office) -> None:
    rename = "UPDATE apex.accounts SET name = 'Renamed' WHERE account_id = %s"

    for part in ("nobody", "outsider", "viewer", "editor"):
        assert office.run(part, rename, office.mercury) == 0, part
    for part in ("manager", "owner"):
        assert office.run(part, rename, office.mercury) == 1, part


def test_an_account_is_handed_on_by_its_owner_to_somebody_active(office: Office) -> None:
    hand_on = "SELECT apex.transfer_account(%s, %s)"
    gone = office.person("gone", is_active=False)

    for part in ("nobody", "outsider", "viewer", "manager"):
        with pytest.raises(errors.InsufficientPrivilege, match="not yours to give away"):
            office.run(part, hand_on, office.mercury, office.viewer)
    for nobody in (gone, 1_000_000):
        with pytest.raises(errors.ForeignKeyViolation, match="can't own an account"):
            office.run("owner", hand_on, office.mercury, nobody)
    office.run("owner", hand_on, office.mercury, office.viewer)

    assert office.value("SELECT owner_id FROM apex.accounts WHERE name = 'Mercury'") == office.viewer
    assert office.value(LEVELS, office.mercury, office.viewer) == ["manager"]
    with pytest.raises(errors.InsufficientPrivilege):
        office.run("owner", hand_on, office.mercury, office.owner)
    office.run("admin", hand_on, office.mercury, office.owner)


def test_who_let_whom_in_is_in_the_audit_trail(office: Office) -> None:
    office.run("manager", JOIN, office.outsider, office.mercury, "editor")

    entry = office.db.admin.execute(
        "SELECT user_id, action, resource_id, changes -> 'access_level' FROM core.audit_logs"
        " WHERE resource = 'apex.account_members' ORDER BY created_at DESC, id DESC LIMIT 1"
    ).fetchone()
    assert entry == (office.manager, "insert", f"{office.outsider}/{office.mercury}", {"new": "editor"})
