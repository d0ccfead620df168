"""core.users: one person a row, whatever the case and however the products name them."""

import psycopg
import pytest
from psycopg import errors

from tests.core.conftest import ENVELOPE, World

SAME_BUT_FOR_CASE = {
    "idx_users_email_lower": {"email": "ADA@Example.COM"},
    "idx_users_username_lower": {"username": "ADA"},
}


@pytest.mark.parametrize("index", SAME_BUT_FOR_CASE)
def test_nobody_else_may_have_the_same_name_in_another_case(world: World, index: str) -> None:
    world.person("ada", email="ada@example.com")

    with pytest.raises(errors.UniqueViolation) as refusal:
        world.person("bob", **SAME_BUT_FOR_CASE[index])

    assert refusal.value.diag.constraint_name == index
    assert world.value("SELECT count(*) FROM core.users") == 1


def test_the_case_somebody_writes_is_kept(world: World) -> None:
    world.person("AdaLovelace", email="Ada@Example.com")

    found = world.db.admin.execute("SELECT username, email FROM core.users").fetchone()

    assert found == ("AdaLovelace", "Ada@Example.com")


def test_a_username_left_out_is_the_email_and_follows_it(world: World) -> None:
    world.person("x", username=None, email="ada@example.com")

    world.db.admin.execute("UPDATE core.users SET email = 'countess@example.com'")

    assert world.value("SELECT username FROM core.users") == "countess@example.com"


def test_a_username_of_ones_own_stays_when_the_email_changes(world: World) -> None:
    world.person("ada", email="ada@example.com")

    world.db.admin.execute("UPDATE core.users SET email = 'countess@example.com'")

    assert world.value("SELECT username FROM core.users") == "ada"


REFUSED = {
    "users_username_with_at_is_own_email_check": {"username": "bob@example.com"},
    "users_username_is_trimmed_check": {"username": " ada"},
    "users_email_is_an_address_check": {"email": "ada at example.com"},
    "users_role_check": {"role": "superhero"},
    "users_password_hash_is_not_empty_check": {"password_hash": ""},
    "users_mfa_secret_is_encrypted_check": {"mfa_secret": "JBSWY3DPEHPK3PXP"},
    "users_preferences_is_an_object_check": {"preferences": "[]"},
    "users_erased_address_is_reserved_check": {"email": "erased-7@Erased.invalid"},
    "users_erased_is_inactive_check": {"email": "e@erased.invalid", "erased_at": "now"},
}


@pytest.mark.parametrize("rule", REFUSED)
def test_a_row_that_breaks_a_rule_is_refused_by_name(world: World, rule: str) -> None:
    with pytest.raises(errors.CheckViolation) as refusal:
        world.person("ada", **REFUSED[rule])

    assert refusal.value.diag.constraint_name == rule
    assert world.person("ada", mfa_secret=ENVELOPE)


@pytest.mark.parametrize(
    "role", ["admin", "qa_lead", "qa_engineer", "developer", "business_user", "manager", "user"]
)
def test_every_role_of_every_document_is_one(world: World, role: str) -> None:
    assert world.person("ada", role)


def test_updated_at_moves_whatever_the_statement_says(world: World) -> None:
    world.person("ada")

    world.db.admin.execute("UPDATE core.users SET full_name = 'Ada', updated_at = '1999-01-01'")
    world.db.admin.execute("UPDATE core.users SET full_name = 'Augusta', updated_at = '1999-01-01'")

    assert world.value("SELECT updated_at > created_at FROM core.users")


def test_updated_at_stays_when_nothing_changes(world: World) -> None:
    world.person("ada")

    world.db.admin.execute("UPDATE core.users SET full_name = full_name")

    assert world.value("SELECT updated_at = created_at FROM core.users")


@pytest.mark.parametrize("table", ["projects", "user_project_access", "global_settings"])
def test_updated_at_is_kept_in_every_table_that_has_one(world: World, table: str) -> None:
    world.project(world.person("ada"))
    column = {"projects": "name", "user_project_access": "access_level", "global_settings": "category"}
    value = "viewer" if table == "user_project_access" else "changed"

    world.db.admin.execute(f"UPDATE core.{table} SET {column[table]} = '{value}'".encode())

    assert world.value(f"SELECT bool_and(updated_at > created_at) FROM core.{table}")


def test_moments_are_the_same_from_every_time_zone(world: World) -> None:
    with psycopg.connect(world.db.url(), options="-c TimeZone=Asia/Tokyo") as tokyo:
        tokyo.execute(
            "INSERT INTO core.users (email, password_hash, last_login) "
            "VALUES ('a@example.com', 'x', '2026-01-01 09:00')"
        )

    assert world.value("SELECT last_login = '2026-01-01 00:00+00' FROM core.users")
