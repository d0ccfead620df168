"""core.erase_user(): who somebody was goes, what they did stays, under a pseudonym."""

import json

import pytest
from psycopg import errors

from tests.core.conftest import ENVELOPE, Cast

ERASE = "SELECT core.erase_user(%s)"
TRACES = ["olive", "Olive", "203.0.113.9", "Mozilla"]


@pytest.fixture
def erased(cast: Cast) -> Cast:
    """The cast after Apollo's owner, who left traces everywhere, was erased."""
    with cast.db.session("authenticated_users", cast.owner) as session:
        for setting, value in {
            "ip_address": "203.0.113.9",
            "user_agent": "Mozilla/5.0",
            "request_path": "/people/olive",
        }.items():
            session.execute("SELECT set_config(%s, %s, true)", [f"app.{setting}", value])
        session.execute("UPDATE core.users SET full_name = 'Olive Oyl', organization = 'Oyl'")
        session.execute("UPDATE core.projects SET description = 'her doing'")
    with cast.db.session("authenticator") as session:
        session.execute(
            "UPDATE core.users SET last_login = now(), mfa_secret = %s WHERE id = %s",
            [ENVELOPE, cast.owner],
        )
        session.execute(
            "INSERT INTO core.audit_logs (user_id, username, action, resource, ip_address) "
            "VALUES (NULL, 'OLIVE', 'login_failed', 'session', '203.0.113.9')"
        )
    cast.run("admin", ERASE, cast.owner)
    return cast


def test_nothing_says_who_it_was(erased: Cast) -> None:
    everything = erased.value(
        "SELECT (SELECT string_agg(u::text, ' ') FROM core.users AS u) "
        "|| (SELECT string_agg(l::text, ' ') FROM core.audit_logs AS l)"
    )

    assert [trace for trace in TRACES if trace in everything] == []
    assert "her doing" in everything  # what was done is not who did it


def test_the_row_is_a_pseudonym(erased: Cast) -> None:
    row = erased.db.admin.execute(
        "SELECT username, email, full_name, organization, preferences, mfa_secret, last_login, "
        "is_active, erased_at IS NOT NULL FROM core.users WHERE id = %s",
        [erased.owner],
    ).fetchone()

    name = f"erased-{erased.owner}@erased.invalid"
    assert row == (name, name, None, None, {}, None, None, False, True)


def test_the_erased_can_not_log_in(erased: Cast) -> None:
    with erased.db.session("authenticator") as session:
        for login in ("olive", "olive@example.com", f"erased-{erased.owner}@erased.invalid"):
            found = session.execute("SELECT * FROM core.credentials_for(%s)", [login]).fetchall()
            assert found == []


def test_the_erased_see_nothing(erased: Cast) -> None:
    assert erased.ids("authenticated_users", "owner", "SELECT id FROM core.users") == set()
    assert erased.ids("authenticated_users", "owner", "SELECT id FROM core.projects") == set()


def test_references_are_kept(erased: Cast) -> None:
    assert erased.value("SELECT owner_id FROM core.projects") == erased.owner
    assert erased.value("SELECT count(*) FROM core.audit_logs WHERE user_id = %s", erased.owner) >= 2


def test_the_project_still_shows_somebody(erased: Cast) -> None:
    shown = erased.ids(
        "authenticated_users",
        "editor",
        "SELECT u.username FROM core.projects AS p JOIN core.users AS u ON u.id = p.owner_id",
    )

    assert shown == {f"erased-{erased.owner}@erased.invalid"}


def test_the_traces_of_others_stay(erased: Cast) -> None:
    changes = erased.value(
        "SELECT changes FROM core.audit_logs WHERE resource = 'core.users' AND action = 'insert' "
        "AND resource_id = %s",
        str(erased.editor),
    )
    entry = erased.db.admin.execute(
        "SELECT username, changes FROM core.audit_logs WHERE user_id = %s AND resource_id = %s",
        [erased.admin, str(erased.owner)],
    ).fetchone()

    assert changes["email"] == {"new": "edith@example.com"}
    assert entry[0] == "root"
    assert "erased_at" in json.dumps(entry[1])


def test_a_project_of_the_erased_can_be_handed_on(erased: Cast) -> None:
    erased.run("admin", "SELECT core.transfer_project(%s, %s)", erased.apollo, erased.manager)

    assert erased.value("SELECT owner_id FROM core.projects") == erased.manager


def test_erasing_twice_is_erasing_once(erased: Cast) -> None:
    before = erased.value("SELECT u::text FROM core.users AS u WHERE id = %s", erased.owner)

    erased.run("admin", ERASE, erased.owner)

    assert before == erased.value("SELECT u::text FROM core.users AS u WHERE id = %s", erased.owner)


def test_erasure_is_not_undone(erased: Cast) -> None:
    with pytest.raises(errors.NoDataFound, match="or they were erased"):
        erased.run("admin", "SELECT core.reactivate_user(%s)", erased.owner)

    assert erased.run("admin", "UPDATE core.users SET full_name = 'X' WHERE id = %s", erased.owner) == 0


def test_the_audit_trail_is_closed_again_afterwards(cast: Cast) -> None:
    with cast.db.session("footing_owner", cast.admin, commit=False) as session:
        session.execute(ERASE, [cast.owner])

        with pytest.raises(errors.RestrictViolation, match="append-only"):
            session.execute("UPDATE core.audit_logs SET username = NULL")


def test_a_name_that_is_free_again_can_be_taken(erased: Cast) -> None:
    assert erased.person("olive")


def test_a_database_login_of_the_same_name_is_somebody_else(cast: Cast) -> None:
    namesake = cast.person("postgres")

    cast.run("admin", ERASE, namesake)

    assert cast.value("SELECT count(*) FROM core.audit_logs WHERE username = 'postgres'") > 0
