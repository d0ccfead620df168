"""core.users: co-members see each other's names, and secrets are columns nobody is granted."""

import pytest
from psycopg import errors

from tests.core.conftest import ENVELOPE, Cast

INSIDE = ["viewer", "editor", "manager", "owner"]
SECRETS = ["password_hash", "mfa_secret"]
PRIVATE = ["email", "organization", "preferences", "role", "last_login"]
NEW = (
    "INSERT INTO core.users (username, email, password_hash, role) "
    "VALUES ('nina', 'nina@example.com', 'x', '{role}')"
)


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
@pytest.mark.parametrize("part", INSIDE)
def test_people_of_one_project_see_each_other(cast: Cast, role: str, part: str) -> None:
    seen = cast.ids(role, part, "SELECT id FROM core.users")

    assert seen == {cast.owner, cast.manager, cast.editor, cast.viewer}
    assert cast.value("SELECT count(*) FROM core.users") == 6


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
def test_an_outsider_sees_themselves_and_nobody_sees_nobody(cast: Cast, role: str) -> None:
    assert cast.ids(role, "outsider", "SELECT id FROM core.users") == {cast.outsider}
    assert cast.ids(role, "nobody", "SELECT id FROM core.users") == set()


def test_an_administrator_sees_everybody(cast: Cast) -> None:
    assert len(cast.ids("authenticated_users", "admin", "SELECT id FROM core.users")) == 6


def test_who_left_keeps_their_name_for_the_project(cast: Cast) -> None:
    cast.run("viewer", "DELETE FROM core.user_project_access WHERE user_id = %s", cast.viewer)

    name = "SELECT username FROM core.users WHERE id = %s"

    assert cast.ids("authenticated_users", "editor", name, cast.viewer) == {"vera"}
    assert cast.ids("authenticated_users", "viewer", name, cast.editor) == set()


@pytest.mark.parametrize("column", SECRETS)
@pytest.mark.parametrize(
    "role", ["authenticated_users", "readonly_users", "authenticator", "monitoring", "bulk_loader"]
)
def test_secrets_are_read_by_no_role(cast: Cast, role: str, column: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        cast.db.session(role, cast.admin) as session,
    ):
        session.execute(f"SELECT {column} FROM core.users".encode())

    assert cast.value("SELECT count(password_hash) FROM core.users") == 6


@pytest.mark.parametrize("column", PRIVATE)
@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
def test_private_columns_are_read_by_nobody_directly(cast: Cast, role: str, column: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        cast.db.session(role, cast.viewer) as session,
    ):
        session.execute(f"SELECT {column} FROM core.users".encode())


def test_ones_own_profile_is_complete(cast: Cast) -> None:
    with cast.db.session("authenticated_users", cast.viewer) as session:
        profile = session.execute("SELECT email, role, has_mfa FROM core.user_profile()").fetchall()

    assert profile == [("vera@example.com", "user", False)]


@pytest.mark.parametrize(("part", "rows"), [("owner", 0), ("nobody", 0), ("admin", 1), ("viewer", 1)])
def test_a_profile_is_shown_to_its_person_and_to_administrators(cast: Cast, part: str, rows: int) -> None:
    shown = cast.ids("authenticated_users", part, "SELECT email FROM core.user_profile(%s)", cast.viewer)

    assert len(shown) == rows


@pytest.mark.parametrize("part", ["nobody", "viewer", "manager", "owner"])
def test_people_are_not_signed_up_by_people(cast: Cast, part: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        cast.run(part, NEW.format(role="user"))

    assert cast.value("SELECT count(*) FROM core.users") == 6


@pytest.mark.parametrize("role", ["user", "admin"])
def test_an_administrator_signs_up_anybody(cast: Cast, role: str) -> None:
    assert cast.run("admin", NEW.format(role=role) + " RETURNING id, user_id") == 1


@pytest.mark.parametrize("role", ["admin", "manager", "qa_lead"])
def test_nobody_signs_themselves_up_with_authority(cast: Cast, role: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
        cast.db.session("authenticator") as session,
    ):
        session.execute(NEW.format(role=role).encode())


@pytest.mark.parametrize("role", ["user", "developer", "qa_engineer", "business_user"])
def test_anybody_signs_up_with_an_ordinary_role(cast: Cast, role: str) -> None:
    with cast.db.session("authenticator") as session:
        session.execute(NEW.format(role=role).encode())

    assert cast.value("SELECT role FROM core.users WHERE username = 'nina'") == role


def test_the_first_administrator_is_made_by_the_owner_of_the_schema(cast: Cast) -> None:
    with cast.db.session("footing_owner") as session:
        session.execute(NEW.format(role="admin").encode())

    assert cast.value("SELECT role FROM core.users WHERE username = 'nina'") == "admin"


def test_one_changes_ones_own_profile_and_no_other(cast: Cast) -> None:
    changed = cast.run("viewer", "UPDATE core.users SET full_name = 'V'")

    assert changed == 1
    assert cast.value("SELECT full_name FROM core.users WHERE id = %s", cast.viewer) == "V"
    assert cast.value("SELECT full_name FROM core.users WHERE id = %s", cast.editor) == "Edith"


def test_an_administrator_changes_any_profile(cast: Cast) -> None:
    assert cast.run("admin", "UPDATE core.users SET organization = 'Engines'") == 6


@pytest.mark.parametrize(
    "assignment",
    [
        "role = 'admin'",
        "is_active = true",
        "password_hash = 'y'",
        "mfa_secret = NULL",
        "id = DEFAULT",
        "user_id = gen_random_uuid()",
        "last_login = now()",
        "erased_at = NULL",
        "created_at = now()",
    ],
)
def test_what_makes_an_account_is_changed_by_no_update_of_a_product(cast: Cast, assignment: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        cast.run("admin", f"UPDATE core.users SET {assignment}")


@pytest.mark.parametrize("role", ["authenticated_users", "authenticator", "bulk_loader"])
def test_nobody_deletes_a_person(cast: Cast, role: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        cast.db.session(role, cast.admin) as session,
    ):
        session.execute("DELETE FROM core.users")

    assert cast.value("SELECT count(*) FROM core.users") == 6


def test_the_authenticator_keeps_credentials_of_active_people(cast: Cast) -> None:
    cast.db.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [cast.viewer])
    change = "UPDATE core.users SET password_hash = 'new', mfa_secret = %s, last_login = now() "

    with cast.db.session("authenticator") as session:
        active = session.execute(change + "WHERE id = %s", [ENVELOPE, cast.editor]).rowcount
        inactive = session.execute(change + "WHERE id = %s", [ENVELOPE, cast.viewer]).rowcount

    assert (active, inactive) == (1, 0)
    assert cast.value("SELECT password_hash FROM core.users WHERE id = %s", cast.editor) == "new"
