"""Administering people: role and is_active change through functions, for administrators."""

import pytest
from psycopg import errors

from tests.core.conftest import Cast

# RESTRICT has an SQLSTATE of its own from PostgreSQL 18.
STILL_REFERRED_TO = (errors.ForeignKeyViolation, errors.RestrictViolation)
ACTS = {
    "set_user_role": "SELECT core.set_user_role(%s, 'developer')",
    "deactivate_user": "SELECT core.deactivate_user(%s)",
    "reactivate_user": "SELECT core.reactivate_user(%s)",
    "erase_user": "SELECT core.erase_user(%s)",
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("part", ["nobody", "outsider", "manager", "owner"])
def test_only_an_administrator_may(cast: Cast, part: str, act: str) -> None:
    before = cast.value("SELECT u::text FROM core.users AS u WHERE id = %s", cast.viewer)

    with pytest.raises(errors.InsufficientPrivilege, match="only an administrator"):
        cast.run(part, ACTS[act], cast.viewer)

    assert before == cast.value("SELECT u::text FROM core.users AS u WHERE id = %s", cast.viewer)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["readonly_users", "authenticator", "monitoring", "bulk_loader"])
def test_no_other_group_may(cast: Cast, role: str, act: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        cast.db.session(role, cast.admin) as session,
    ):
        session.execute(ACTS[act].encode(), [cast.viewer])


@pytest.mark.parametrize("act", ACTS)
def test_somebody_who_is_not_there_is_said_not_to_be(cast: Cast, act: str) -> None:
    with pytest.raises(errors.NoDataFound, match="there is no user 999"):
        cast.run("admin", ACTS[act], 999)


def test_a_role_is_given(cast: Cast) -> None:
    cast.run("admin", ACTS["set_user_role"], cast.viewer)

    assert cast.value("SELECT role FROM core.users WHERE id = %s", cast.viewer) == "developer"


def test_a_role_that_is_none_is_refused(cast: Cast) -> None:
    with pytest.raises(errors.CheckViolation) as refusal:
        cast.run("admin", "SELECT core.set_user_role(%s, 'superhero')", cast.viewer)

    assert refusal.value.diag.constraint_name == "users_role_check"
    assert "hash of" not in str(refusal.value), "with definer rights the server's DETAIL quotes the row"


def test_deactivation_keeps_everything_and_can_be_undone(cast: Cast) -> None:
    cast.run("admin", ACTS["deactivate_user"], cast.viewer)
    inactive = cast.ids("authenticated_users", "viewer", "SELECT id FROM core.projects")
    cast.run("admin", ACTS["reactivate_user"], cast.viewer)
    active = cast.ids("authenticated_users", "viewer", "SELECT id FROM core.projects")

    assert (inactive, active) == (set(), {cast.apollo})


def test_an_owner_is_not_deleted_while_a_project_is_theirs(cast: Cast) -> None:
    with pytest.raises(STILL_REFERRED_TO) as refusal, cast.db.session("footing_owner") as session:
        session.execute("DELETE FROM core.users WHERE id = %s", [cast.owner])

    assert refusal.value.diag.constraint_name == "projects_owner_id_fkey"
    assert cast.value("SELECT count(*) FROM core.projects") == 1


def test_who_did_anything_is_not_deleted_but_erased(cast: Cast) -> None:
    cast.run("viewer", "UPDATE core.users SET full_name = 'V'")

    with pytest.raises(STILL_REFERRED_TO) as refusal:
        cast.db.admin.execute("DELETE FROM core.users WHERE id = %s", [cast.viewer])

    assert refusal.value.diag.constraint_name == "audit_logs_user_id_fkey"


TRANSFER = "SELECT core.transfer_project(%s, %s)"


@pytest.mark.parametrize("part", ["owner", "admin"])
def test_a_project_is_handed_on_by_its_owner_or_an_administrator(cast: Cast, part: str) -> None:
    cast.run(part, TRANSFER, cast.apollo, cast.viewer)

    assert cast.value("SELECT owner_id FROM core.projects") == cast.viewer
    assert cast.run("viewer", "UPDATE core.projects SET name = 'Artemis'") == 1
    assert cast.run("owner", "UPDATE core.projects SET name = 'Apollo'") == 1  # until removed


@pytest.mark.parametrize("part", ["nobody", "outsider", "viewer", "editor", "manager"])
def test_a_project_is_not_taken(cast: Cast, part: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="not yours to give away"):
        cast.run(part, TRANSFER, cast.apollo, cast.id_of(part) or cast.outsider)

    assert cast.value("SELECT owner_id FROM core.projects") == cast.owner


def test_a_project_that_is_not_there_gets_the_same_answer(cast: Cast) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="project 999 is not yours"):
        cast.run("outsider", TRANSFER, 999, cast.outsider)


def test_a_project_is_not_handed_to_somebody_who_is_gone(cast: Cast) -> None:
    cast.run("admin", ACTS["deactivate_user"], cast.viewer)

    with pytest.raises(errors.ForeignKeyViolation, match="can't own a project"):
        cast.run("owner", TRANSFER, cast.apollo, cast.viewer)


def test_an_owner_who_handed_everything_on_can_be_deleted(cast: Cast) -> None:
    cast.run("admin", TRANSFER, cast.apollo, cast.manager)

    with cast.db.session("footing_owner") as session:
        deleted = session.execute("DELETE FROM core.users WHERE id = %s", [cast.owner]).rowcount

    assert deleted == 1
    assert cast.value("SELECT count(*) FROM core.projects") == 1
