"""core.user_project_access: managers decide who comes in, and anybody may leave."""

import pytest
from psycopg import errors

from tests.core.conftest import Cast

PARTS = ["nobody", "outsider", "viewer", "editor", "manager", "owner", "admin"]
MANAGES = {"manager", "owner", "admin"}
GRANT = "INSERT INTO core.user_project_access (user_id, project_id, access_level) VALUES (%s, %s, %s)"


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
@pytest.mark.parametrize("part", PARTS)
def test_one_sees_ones_own_access_and_a_manager_everybodys(cast: Cast, role: str, part: str) -> None:
    everybody = {cast.owner, cast.manager, cast.editor, cast.viewer}

    seen = cast.ids(role, part, "SELECT user_id FROM core.user_project_access")

    assert seen == (everybody if part in MANAGES else everybody & {cast.id_of(part)})
    assert cast.value("SELECT count(*) FROM core.user_project_access") == len(everybody)


@pytest.mark.parametrize("part", PARTS)
def test_access_is_granted_by_who_manages_the_project(cast: Cast, part: str) -> None:
    newcomer = cast.person("nina")

    if part in MANAGES:
        assert cast.run(part, GRANT, newcomer, cast.apollo, "editor") == 1
    else:
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            cast.run(part, GRANT, newcomer, cast.apollo, "editor")

    assert cast.value("SELECT count(*) FROM core.user_project_access WHERE user_id = %s", newcomer) == (
        1 if part in MANAGES else 0
    )


def test_nobody_lets_themselves_into_a_project(cast: Cast) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        cast.run("outsider", GRANT, cast.outsider, cast.apollo, "viewer")

    assert cast.ids("authenticated_users", "outsider", "SELECT id FROM core.projects") == set()


@pytest.mark.parametrize("part", ["viewer", "editor"])
def test_nobody_raises_their_own_level(cast: Cast, part: str) -> None:
    changed = cast.run(
        part,
        "UPDATE core.user_project_access SET access_level = 'manager' WHERE user_id = %s",
        cast.id_of(part),
    )

    assert changed == 0
    assert part == cast.value(
        "SELECT access_level FROM core.user_project_access WHERE user_id = %s", cast.id_of(part)
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_level_is_changed_by_who_manages_the_project(cast: Cast, part: str) -> None:
    changed = cast.run(
        part, "UPDATE core.user_project_access SET access_level = 'editor' WHERE user_id = %s", cast.viewer
    )

    assert changed == (1 if part in MANAGES else 0)


@pytest.mark.parametrize("part", PARTS)
def test_access_is_ended_by_who_manages_the_project_or_has_it(cast: Cast, part: str) -> None:
    ended = cast.run(part, "DELETE FROM core.user_project_access WHERE user_id = %s", cast.viewer)

    assert ended == (1 if part in MANAGES | {"viewer"} else 0)


def test_a_manager_of_one_project_manages_no_other(cast: Cast) -> None:
    borealis = cast.project(cast.outsider, "Borealis")

    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        cast.run("manager", GRANT, cast.manager, borealis, "viewer")

    assert cast.run("outsider", GRANT, cast.manager, borealis, "viewer") == 1


def test_access_is_not_moved_to_another_project(cast: Cast) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        cast.run("admin", "UPDATE core.user_project_access SET project_id = project_id")


def test_an_owner_shut_out_comes_back(cast: Cast) -> None:
    cast.run("manager", "DELETE FROM core.user_project_access WHERE user_id = %s", cast.owner)

    assert cast.run("owner", GRANT, cast.owner, cast.apollo, "manager") == 1


def test_a_level_that_is_none_is_refused(cast: Cast) -> None:
    with pytest.raises(errors.CheckViolation) as refusal:
        cast.grant(cast.outsider, cast.apollo, "superhero")

    assert refusal.value.diag.constraint_name == "user_project_access_access_level_check"


def test_who_left_a_project_is_remembered_and_who_never_came_is_not(cast: Cast) -> None:
    cast.run("viewer", "DELETE FROM core.user_project_access WHERE user_id = %s", cast.viewer)

    remembered = cast.ids("authenticated_users", "editor", "SELECT user_id FROM core.project_members")

    assert remembered == {cast.owner, cast.manager, cast.editor, cast.viewer}


@pytest.mark.parametrize("part", ["nobody", "outsider", "admin"])
def test_who_is_in_no_project_reads_of_no_members(cast: Cast, part: str) -> None:
    seen = cast.ids("authenticated_users", part, "SELECT user_id FROM core.project_members")

    assert seen == set()
    assert cast.value("SELECT count(*) FROM core.project_members") == 4


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO core.project_members (project_id, user_id) VALUES (1, 1)",
        "UPDATE core.project_members SET joined_at = now()",
        "DELETE FROM core.project_members",
    ],
)
def test_members_are_written_by_nobody(cast: Cast, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        cast.run("admin", statement)
