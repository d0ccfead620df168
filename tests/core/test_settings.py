"""core.global_settings: what is no secret is everybody's; a secret is sealed, and shown to few."""

import pytest
from psycopg import errors

from tests.core.conftest import ENVELOPE, Cast

PLAIN = {
    "openai_model",
    "anthropic_model",
    "max_ai_requests_per_hour",
    "session_timeout_hours",
    "password_min_length",
}
SECRET = {"openai_api_key", "anthropic_api_key"}
KEYS = "SELECT key FROM core.global_settings"
SEAL = "UPDATE core.global_settings SET value = %s WHERE key = 'openai_api_key'"


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
@pytest.mark.parametrize("part", ["nobody", "outsider", "owner"])
def test_secrets_are_hidden_from_all_but_administrators(cast: Cast, role: str, part: str) -> None:
    assert cast.ids(role, part, KEYS) == PLAIN
    assert cast.ids(role, "admin", KEYS) == PLAIN | SECRET


def test_the_authenticator_hands_out_sealed_keys(cast: Cast) -> None:
    cast.run("admin", SEAL, ENVELOPE)

    assert cast.ids("authenticator", "nobody", KEYS) == PLAIN | SECRET
    assert ENVELOPE in cast.ids("authenticator", "nobody", "SELECT value FROM core.global_settings")


def test_keys_come_empty_and_marked(cast: Cast) -> None:
    rows = cast.db.admin.execute("SELECT key, value FROM core.global_settings WHERE is_secret")

    assert dict(rows.fetchall()) == dict.fromkeys(SECRET, "")


@pytest.mark.parametrize("value", ["sk-live-1234567890", None, "enc:v1::QUJD", "enc:v1:k:short"])
def test_a_secret_in_clear_is_refused(cast: Cast, value: str | None) -> None:
    if value is None:
        assert cast.run("admin", SEAL, value) == 1  # nothing is no secret
        return

    with pytest.raises(errors.CheckViolation) as refusal:
        cast.run("admin", SEAL, value)

    assert refusal.value.diag.constraint_name == "global_settings_secret_is_encrypted_check"


@pytest.mark.parametrize("key", ["mistral_api_key", "smtp_password", "oauth_secret", "jira_token"])
def test_a_setting_named_like_a_secret_is_one(cast: Cast, key: str) -> None:
    insert = "INSERT INTO core.global_settings (key, value, is_secret) VALUES (%s, %s, false)"

    with pytest.raises(errors.CheckViolation):
        cast.run("admin", insert, key, "in clear")
    cast.run("admin", insert, key, ENVELOPE)

    assert cast.value("SELECT is_secret FROM core.global_settings WHERE key = %s", key)


def test_a_key_can_not_be_unmarked(cast: Cast) -> None:
    cast.run("admin", "UPDATE core.global_settings SET is_secret = false WHERE is_secret")

    assert cast.value("SELECT count(*) FROM core.global_settings WHERE is_secret") == len(SECRET)


@pytest.mark.parametrize("part", ["nobody", "owner"])
def test_settings_are_changed_by_administrators(cast: Cast, part: str) -> None:
    change = "UPDATE core.global_settings SET value = '12' WHERE key = 'password_min_length'"
    remove = "DELETE FROM core.global_settings WHERE key = 'openai_model'"

    assert cast.run(part, change) == 0
    assert cast.run(part, remove) == 0
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        cast.run(part, "INSERT INTO core.global_settings (key) VALUES ('mistral_model')")
    assert cast.run("admin", change) == 1
    assert cast.run("admin", remove) == 1


def test_there_is_one_setting_a_key(cast: Cast) -> None:
    with pytest.raises(errors.UniqueViolation) as refusal:
        cast.run("admin", "INSERT INTO core.global_settings (key) VALUES ('openai_model')")

    assert refusal.value.diag.constraint_name == "global_settings_key_key"
