"""Logging in: one function, for one group, in one index probe."""

import psycopg
import pytest
from psycopg import errors

from tests.core.conftest import ENVELOPE, World

LOOK_UP = "SELECT username, password_hash, mfa_secret FROM core.credentials_for(%s)"
CROWD = (
    "INSERT INTO core.users (username, email, password_hash) "
    "SELECT 'user' || n, 'user' || n || '@example.com', 'x' FROM generate_series(1, 5000) AS n"
)


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.com", "Ada@EXAMPLE.com"])
def test_a_person_is_found_by_either_name_in_any_case(world: World, login: str) -> None:
    world.person("Ada", email="ada@Example.com", mfa_secret=ENVELOPE)

    with world.db.session("authenticator") as session:
        found = session.execute(LOOK_UP, [login]).fetchall()

    assert found == [("Ada", "hash of Ada", ENVELOPE)]


def test_a_person_without_a_username_is_found_once(world: World) -> None:
    world.person("x", username=None, email="ada@example.com")

    with world.db.session("authenticator") as session:
        found = session.execute(LOOK_UP, ["ADA@example.com"]).fetchall()

    assert len(found) == 1


@pytest.mark.parametrize("login", ["", "@", "bob", "%", "erased-1@erased.invalid", None])
def test_nobody_is_found_by_a_name_nobody_has(world: World, login: str | None) -> None:
    world.person("ada")

    with world.db.session("authenticator") as session:
        assert session.execute(LOOK_UP, [login]).fetchall() == []


def test_the_deactivated_are_not_found(world: World) -> None:
    world.person("ada", is_active=False)

    with world.db.session("authenticator") as session:
        assert session.execute(LOOK_UP, ["ada"]).fetchall() == []


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users", "monitoring", "bulk_loader"])
def test_no_other_group_may_look_credentials_up(world: World, role: str) -> None:
    world.person("ada", "admin")

    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        world.db.session(role) as session,
    ):
        session.execute(LOOK_UP, ["ada"])


@pytest.mark.parametrize(
    ("login", "index"),
    [("user4321", "idx_users_username_lower"), ("user4321@example.com", "idx_users_email_lower")],
)
def test_a_log_in_is_one_probe_of_one_index(world: World, login: str, index: str) -> None:
    world.db.admin.execute(CROWD)
    world.db.admin.execute("ANALYZE core.users")

    with world.db.admin.transaction():
        before = _probes(world.db.admin)
        world.db.admin.execute(LOOK_UP, [login])
        after = _probes(world.db.admin)

    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {index: 1}


def _probes(connection: psycopg.Connection) -> dict[str, int]:
    """Return the scans of core.users and of each of its indexes, so far in this transaction."""
    return dict(
        connection.execute(
            "SELECT c.relname, pg_stat_get_xact_numscans(c.oid) FROM pg_class AS c "
            "WHERE c.oid = 'core.users'::regclass OR c.oid IN "
            "(SELECT indexrelid FROM pg_index WHERE indrelid = 'core.users'::regclass)"
        ).fetchall()
    )


@pytest.mark.parametrize("login", ["user4321", "user4321@example.com"])
def test_the_plan_of_a_log_in_runs_one_branch_by_index(world: World, login: str) -> None:
    world.db.admin.execute(CROWD)
    world.db.admin.execute("ANALYZE core.users")
    body = world.value("SELECT prosrc FROM pg_proc WHERE oid = 'core.credentials_for'::regproc")

    world.db.admin.execute("SET plan_cache_mode = force_generic_plan")
    world.db.admin.execute(
        f"PREPARE log_in (text) AS {body.replace('login', '$1')}".encode(), prepare=False
    )
    plan = "\n".join(
        row[0]
        for row in world.db.admin.execute(
            f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) EXECUTE log_in ('{login}')".encode()
        )
    )

    assert "Seq Scan" not in plan
    assert plan.count("Index Scan using") == 2
    assert plan.count("(never executed)") == 1
