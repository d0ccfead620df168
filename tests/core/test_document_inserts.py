"""Each document's own INSERT, with the columns it has there and no other, works as written."""

import pytest

from tests.core.conftest import ENVELOPE, Cast, World

USERS = {
    "000": (
        "INSERT INTO users (username, email, password_hash, role, mfa_secret) "
        f"VALUES ('ada', 'ada@example.com', '$2b$12$x', 'qa_engineer', '{ENVELOPE}')"
    ),
    "001": (
        "INSERT INTO users (username, password_hash, full_name, email) "
        "VALUES ('ada', '$2b$12$x', 'Ada Lovelace', 'ada@example.com')"
    ),
    "004": (
        "INSERT INTO users (email, password_hash, full_name, organization) "
        "VALUES ('ada@example.com', '$2b$12$x', 'Ada Lovelace', 'Analytical Engines')"
    ),
}


@pytest.mark.parametrize("document", USERS)
def test_a_person_is_signed_up_with_the_columns_of_each_document(world: World, document: str) -> None:
    with world.db.session("authenticator") as session:
        session.execute("SET LOCAL search_path = core")

        row = session.execute(USERS[document] + " RETURNING id, user_id").fetchone()

    assert world.value("SELECT email FROM core.users WHERE id = %s", row[0]) == "ada@example.com"
    assert world.value("SELECT id FROM core.users WHERE user_id = %s", row[1]) == row[0]


def test_what_a_document_does_not_name_has_a_default(world: World) -> None:
    world.db.admin.execute(
        "INSERT INTO core.users (email, password_hash, full_name) VALUES ('Ada@Example.com', 'x', 'Ada')"
    )

    row = world.db.admin.execute(
        "SELECT username, role, preferences, is_active, mfa_secret FROM core.users"
    ).fetchone()

    assert row == ("Ada@Example.com", "user", {}, True, None)


def test_000_names_the_owner_of_a_project(cast: Cast) -> None:
    changed = cast.run(
        "outsider",
        "INSERT INTO core.projects (name, description, owner_id, status) "
        "VALUES ('Borealis', 'Ice', %s, 'active')",
        cast.outsider,
    )

    assert changed == 1
    assert cast.value("SELECT owner_id FROM core.projects WHERE name = 'Borealis'") == cast.outsider


def test_001_names_no_owner_and_the_session_user_is_it(cast: Cast) -> None:
    changed = cast.run(
        "outsider",
        "INSERT INTO core.projects (name, description, status, project_type, industry_area, "
        "regulations, additional_context, quality_focus, test_strategy) "
        "VALUES ('Borealis', 'Ice', 'active', 'Greenfield', 'Energy', 'GDPR', 'c', 'q', 't')",
    )

    assert changed == 1
    assert cast.value("SELECT owner_id FROM core.projects WHERE name = 'Borealis'") == cast.outsider


def test_001_settings_are_inserted_with_its_four_columns(cast: Cast) -> None:
    changed = cast.run(
        "admin",
        "INSERT INTO core.global_settings (key, value, description, category) "
        "VALUES ('mistral_model', 'large', 'Mistral model', 'AI')",
    )

    assert changed == 1
    assert not cast.value("SELECT is_secret FROM core.global_settings WHERE key = 'mistral_model'")


def test_000_audit_entries_are_inserted_with_its_eleven_columns(cast: Cast) -> None:
    changed = cast.run(
        "viewer",
        "INSERT INTO core.audit_logs (user_id, username, action, resource, resource_id, ip_address,"
        " user_agent, request_method, request_path, response_status, changes) "
        "VALUES (%s, 'vera', 'export', 'test_case', 'TEST-000001', '203.0.113.9', 'curl/8', 'GET', "
        "'/tests/1', 200, '{}')",
        cast.viewer,
    )

    assert changed == 1
    assert cast.value("SELECT count(*) FROM core.audit_logs WHERE action = 'export'") == 1
