"""The audit trail: every change of the core tables, who made it, and no secret."""

from typing import Any

import pytest
from psycopg import errors

from tests.core.conftest import ENVELOPE, Cast, World

TRAIL = (
    "SELECT user_id, username, action, resource, resource_id, changes FROM core.audit_logs "
    "ORDER BY created_at DESC, id DESC LIMIT 1"
)


def _latest(world: World) -> tuple[Any, ...]:
    row = world.db.admin.execute(TRAIL).fetchone()
    assert row
    return row


def test_a_change_is_kept_with_who_made_it(cast: Cast) -> None:
    cast.run("manager", "UPDATE core.projects SET name = 'Artemis', quality_focus = 'speed'")

    assert _latest(cast) == (
        cast.manager,
        "mona",
        "update",
        "core.projects",
        str(cast.apollo),
        {"name": {"old": "Apollo", "new": "Artemis"}, "quality_focus": {"old": None, "new": "speed"}},
    )


def test_what_came_is_kept_and_what_went(cast: Cast) -> None:
    insert = "INSERT INTO core.user_project_access (user_id, project_id) VALUES (%s, %s)"
    cast.run("manager", insert, cast.outsider, cast.apollo)
    came = _latest(cast)
    cast.run("outsider", "DELETE FROM core.user_project_access WHERE user_id = %s", cast.outsider)
    went = _latest(cast)

    assert came[2:5] == ("insert", "core.user_project_access", f"{cast.outsider}/{cast.apollo}")
    assert came[5]["access_level"] == {"new": "viewer"}
    assert went[0:3] == (cast.outsider, "otto", "delete")
    assert went[5]["access_level"] == {"old": "viewer"}


def test_a_change_without_a_person_is_kept_with_the_login(world: World) -> None:
    world.person("ada")

    assert _latest(world)[0:3] == (None, "postgres", "insert")


def test_the_request_is_kept_when_the_application_says_it(cast: Cast) -> None:
    with cast.db.session("authenticated_users", cast.owner) as session:
        for name, value in {
            "ip_address": "203.0.113.9, 198.51.100.7, and a header far too long to be an address",
            "user_agent": "curl/8",
            "request_method": "PATCH",
            "request_path": "/projects/1",
        }.items():
            session.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", value])
        session.execute("UPDATE core.projects SET name = 'Artemis'")

    request = cast.db.admin.execute(
        "SELECT ip_address, user_agent, request_method, request_path FROM core.audit_logs "
        "WHERE resource = 'core.projects' AND action = 'update'"
    ).fetchone()

    assert request is not None
    assert request[0].startswith("203.0.113.9, 198.51.100.7")
    assert request[1:] == ("curl/8", "PATCH", "/projects/1")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core.users SET last_login = now()",
        "UPDATE core.users SET full_name = full_name",
        "UPDATE core.projects SET name = name",
    ],
)
def test_what_is_no_change_is_not_kept(cast: Cast, statement: str) -> None:
    before = cast.value("SELECT count(*) FROM core.audit_logs")

    cast.db.admin.execute(statement.encode())

    assert cast.value("SELECT count(*) FROM core.audit_logs") == before


def test_a_change_of_credentials_is_kept_without_them(cast: Cast) -> None:
    secret = ENVELOPE.replace("QUJD", "c2Vj")
    with cast.db.session("authenticator") as session:
        session.execute(
            "UPDATE core.users SET password_hash = 'hunter2', mfa_secret = %s WHERE id = %s",
            [secret, cast.viewer],
        )

    trail = cast.value("SELECT string_agg(l::text, ' ') FROM core.audit_logs AS l")

    assert _latest(cast)[5] == {"password_hash": {"redacted": True}, "mfa_secret": {"redacted": True}}
    assert "hash of" not in trail
    assert "hunter2" not in trail
    assert secret not in trail


def test_a_setting_is_kept_with_its_value_unless_it_is_a_secret(cast: Cast) -> None:
    change = "UPDATE core.global_settings SET value = %s WHERE key = %s"
    cast.run("admin", change, "12", "password_min_length")
    plain = _latest(cast)
    cast.run("admin", change, ENVELOPE, "openai_api_key")
    sealed = _latest(cast)

    assert plain[4:] == ("password_min_length", {"value": {"old": "8", "new": "12"}})
    assert sealed[4:] == ("openai_api_key", {"value": {"redacted": True}})


def test_a_value_is_no_less_secret_when_the_setting_becomes_one(cast: Cast) -> None:
    cast.run("admin", "INSERT INTO core.global_settings (key, value) VALUES ('salt', '')")

    cast.run(
        "admin", "UPDATE core.global_settings SET is_secret = true, value = %s WHERE key = 'salt'", ENVELOPE
    )

    assert _latest(cast)[5]["value"] == {"redacted": True}


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
def test_one_reads_ones_own_trail_and_an_administrator_everybodys(cast: Cast, role: str) -> None:
    cast.run("viewer", "UPDATE core.users SET full_name = 'V'")
    cast.run("editor", "UPDATE core.users SET full_name = 'E'")
    actors = "SELECT DISTINCT user_id FROM core.audit_logs"

    assert cast.ids(role, "viewer", actors) == {cast.viewer}
    assert cast.ids(role, "outsider", actors) == set()
    assert cast.ids(role, "nobody", actors) == set()
    assert cast.ids(role, "admin", actors) == {cast.viewer, cast.editor, None}


WRITE = "INSERT INTO core.audit_logs (user_id, action, resource) VALUES (%s, 'export', 'report')"


def test_a_product_writes_entries_of_its_own_person(cast: Cast) -> None:
    assert cast.run("viewer", WRITE + " RETURNING id, created_at", cast.viewer) == 1
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        cast.run("viewer", WRITE, cast.editor)
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        cast.run("nobody", WRITE, None)


def test_the_authenticator_writes_of_anybody(cast: Cast) -> None:
    with cast.db.session("authenticator") as session:
        session.execute(WRITE, [cast.viewer])
        session.execute(WRITE, [None])

    assert cast.value("SELECT count(*) FROM core.audit_logs WHERE action = 'export'") == 2


def test_no_entry_is_dated_back(cast: Cast) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        cast.run(
            "viewer",
            "INSERT INTO core.audit_logs (user_id, action, resource, created_at) "
            "VALUES (%s, 'export', 'report', '2020-01-01')",
            cast.viewer,
        )


TAMPER = [
    "UPDATE core.audit_logs SET username = 'nobody'",
    "UPDATE core.audit_logs SET action = 'nothing'",
    "DELETE FROM core.audit_logs",
    "TRUNCATE core.audit_logs",
]


@pytest.mark.parametrize("statement", TAMPER)
@pytest.mark.parametrize(
    "role", ["authenticated_users", "readonly_users", "authenticator", "monitoring", "bulk_loader"]
)
def test_no_role_may_change_or_delete_an_entry(cast: Cast, role: str, statement: str) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        cast.db.session(role, cast.admin) as session,
    ):
        session.execute(statement.encode())


@pytest.mark.parametrize("statement", TAMPER)
def test_the_owner_and_the_superuser_are_refused_too(cast: Cast, statement: str) -> None:
    before = cast.value("SELECT count(*) FROM core.audit_logs")

    with (
        pytest.raises(errors.RestrictViolation, match="append-only"),
        cast.db.session("footing_owner", cast.admin) as session,
    ):
        session.execute(statement.encode())
    with pytest.raises(errors.RestrictViolation, match="append-only"):
        cast.db.admin.execute(statement.encode())

    assert cast.value("SELECT count(*) FROM core.audit_logs") == before > 0


def test_even_while_erasing_only_personal_columns_can_change(cast: Cast) -> None:
    with (
        pytest.raises(errors.RestrictViolation, match="append-only"),
        cast.db.session("footing_owner") as session,
    ):
        session.execute("SELECT set_config('footing.erasing', 'on', true)")
        session.execute("UPDATE core.audit_logs SET username = NULL")
        session.execute("UPDATE core.audit_logs SET action = 'nothing'")


def test_the_latest_of_a_persons_trail_are_read_from_the_index_in_order(cast: Cast) -> None:
    cast.db.admin.execute(
        "INSERT INTO core.audit_logs (user_id, action, resource, created_at) "
        "SELECT CASE mod(n, 5) WHEN 0 THEN %s ELSE %s END, 'view', 'page', now() + n * interval '1 h' "
        "FROM generate_series(1, 5000) AS n",
        [cast.viewer, cast.editor],
    )
    cast.db.admin.execute("ANALYZE core.audit_logs")

    with cast.db.session("authenticated_users", cast.admin) as session:
        plan = "\n".join(
            row[0]
            for row in session.execute(
                "EXPLAIN (COSTS OFF) SELECT * FROM core.audit_logs WHERE user_id = %s "
                "ORDER BY created_at DESC LIMIT 50",
                [cast.viewer],
            )
        )

    assert "user_id_created_at_idx" in plan
    assert "Sort\n" not in plan
