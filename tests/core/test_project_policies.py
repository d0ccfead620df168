"""core.projects: a viewer and an editor read, a manager changes, an administrator deletes."""

import pytest
from psycopg import errors

from tests.core.conftest import Cast

PARTS = ["nobody", "outsider", "viewer", "editor", "manager", "owner", "admin"]
SEES = {"viewer", "editor", "manager", "owner", "admin"}
MANAGES = {"manager", "owner", "admin"}


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
@pytest.mark.parametrize("part", PARTS)
def test_a_project_is_seen_by_its_people_and_no_other(cast: Cast, role: str, part: str) -> None:
    seen = cast.ids(role, part, "SELECT id FROM core.projects")

    assert seen == ({cast.apollo} if part in SEES else set())
    assert cast.value("SELECT count(*) FROM core.projects") == 1


@pytest.mark.parametrize("part", PARTS)
def test_a_project_is_changed_by_who_manages_it(cast: Cast, part: str) -> None:
    changed = cast.run(part, "UPDATE core.projects SET description = 'to the Moon'")

    assert changed == (1 if part in MANAGES else 0)
    assert cast.value("SELECT description FROM core.projects") == (
        "to the Moon" if part in MANAGES else None
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_project_marked_deleted_is_deleted_by_an_administrator(cast: Cast, part: str) -> None:
    cast.db.admin.execute("UPDATE core.projects SET status = 'deleted'")

    deleted = cast.run(part, "DELETE FROM core.projects")

    assert deleted == (1 if part == "admin" else 0)
    assert cast.value("SELECT count(*) FROM core.projects") == (0 if part == "admin" else 1)


def test_a_project_in_use_is_deleted_by_nobody(cast: Cast) -> None:
    deleted = cast.run("admin", "DELETE FROM core.projects")

    assert deleted == 0
    assert cast.value("SELECT count(*) FROM core.projects") == 1


@pytest.mark.parametrize("part", ["outsider", "viewer", "admin"])
def test_whoever_makes_a_project_gets_it_back_and_manages_it(cast: Cast, part: str) -> None:
    with cast.db.session("authenticated_users", cast.id_of(part)) as session:
        row = session.execute(
            "INSERT INTO core.projects (name) VALUES ('Borealis') RETURNING id, owner_id"
        ).fetchone()

    assert row[1] == cast.id_of(part)
    assert (
        cast.value("SELECT access_level FROM core.user_project_access WHERE project_id = %s", row[0])
        == "manager"
    )


def test_a_project_is_not_made_in_somebody_elses_name(cast: Cast) -> None:
    insert = "INSERT INTO core.projects (name, owner_id) VALUES ('Borealis', %s)"

    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        cast.run("outsider", insert, cast.viewer)

    assert cast.run("admin", insert, cast.viewer) == 1


def test_a_project_is_not_made_by_nobody(cast: Cast) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        cast.run("nobody", "INSERT INTO core.projects (name) VALUES ('Borealis')")

    assert cast.run("outsider", "INSERT INTO core.projects (name) VALUES ('Borealis')") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core.projects SET owner_id = owner_id",
        "UPDATE core.projects SET id = DEFAULT",
        "UPDATE core.projects SET created_at = now()",
        "TRUNCATE core.projects",
    ],
)
def test_what_is_granted_to_nobody_is_refused_to_an_administrator(cast: Cast, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        cast.run("admin", statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO core.projects (name) VALUES ('Borealis')",
        "UPDATE core.projects SET name = 'Borealis'",
        "DELETE FROM core.projects",
    ],
)
def test_readonly_users_write_nothing(cast: Cast, statement: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        cast.db.session("readonly_users", cast.owner) as session,
    ):
        session.execute(statement.encode())

    assert cast.run("owner", "UPDATE core.projects SET name = 'Borealis'") == 1


@pytest.mark.parametrize("role", ["authenticator", "monitoring"])
def test_the_other_groups_see_no_project(cast: Cast, role: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        cast.db.session(role, cast.owner) as session,
    ):
        session.execute("SELECT * FROM core.projects")


REFUSED = {
    "projects_status_check": {"status": "banana"},
    "projects_project_type_check": {"project_type": "greenfield"},
    "projects_name_is_not_blank_check": {"name": " "},
}


@pytest.mark.parametrize("rule", REFUSED)
def test_a_row_that_breaks_a_rule_is_refused_by_name(cast: Cast, rule: str) -> None:
    with pytest.raises(errors.CheckViolation) as refusal:
        cast.project(cast.owner, **{"name": "Borealis", **REFUSED[rule]})

    assert refusal.value.diag.constraint_name == rule


def test_rows_are_loaded_by_copy_as_bulk_loader_and_by_no_product(cast: Cast) -> None:
    def load(role: str) -> None:
        with (
            cast.db.session(role, cast.owner) as session,
            session.cursor() as cursor,
            cursor.copy("COPY core.projects (name, owner_id) FROM STDIN") as copy,
        ):
            copy.write_row(("Borealis", cast.owner))

    with pytest.raises(errors.FeatureNotSupported, match="row-level security"):
        load("authenticated_users")
    load("bulk_loader")

    assert cast.value("SELECT count(*) FROM core.projects WHERE name = 'Borealis'") == 1


def test_deleting_a_project_takes_its_access_along(cast: Cast) -> None:
    cast.db.admin.execute("UPDATE core.projects SET status = 'deleted'")

    cast.run("admin", "DELETE FROM core.projects")

    assert cast.value("SELECT count(*) FROM core.user_project_access") == 0
    assert cast.value("SELECT count(*) FROM core.project_members") == 0
