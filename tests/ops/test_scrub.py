"""sql/maintenance/scrub.sql: a copy without its people, and a refusal for everything that is no copy."""

import psycopg
import pytest
from psycopg import errors

from tests.core.conftest import ENVELOPE, Cast
from tests.support.database import Database
from tests.support.footing import ROOT

SCRUB = (ROOT / "sql" / "maintenance" / "scrub.sql").read_bytes()
MARK = "Zyxomma petiolatum"  # in every personal and secret column; no other text holds it


@pytest.fixture
def copy(migrated_db: Database) -> Cast:
    """A copy, marked as one, with the mark of somebody in every personal column that has a row."""
    cast = Cast(migrated_db)
    admin = migrated_db.admin
    admin.execute(f"ALTER DATABASE {migrated_db.name} SET footing.copy_of = 'production'".encode())
    admin.execute(
        "UPDATE core.users SET full_name = %s, organization = %s, mfa_secret = %s,"
        " preferences = jsonb_build_object('name', %s::text), password_hash = %s",
        [MARK, MARK, ENVELOPE, MARK, MARK],
    )
    admin.execute(
        "INSERT INTO core.audit_logs (user_id, username, action, resource, ip_address, user_agent,"
        " request_path, changes) VALUES (%s, 'olive', 'login', 'session', '203.0.113.9', %s, %s, %s)",
        [cast.owner, MARK, MARK, f'{{"name": "{MARK}"}}'],
    )
    return cast


def _everything(db: Database) -> str:
    """Return every row of every table of ours as text."""
    tables = db.admin.execute(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " JOIN (SELECT DISTINCT schema_name FROM ops.column_classes) AS k ON k.schema_name = n.nspname"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
    ).fetchall()
    return "\n".join(
        str(row[0])
        for (table,) in tables
        for row in db.admin.execute(f"SELECT t::text FROM {table} AS t".encode())
    )


def _scrub(db: Database) -> None:
    with psycopg.connect(db.url("test_deploy"), autocommit=True) as session:
        session.execute(SCRUB)


def test_nothing_personal_is_left(copy: Cast) -> None:
    before = _everything(copy.db)
    assert MARK in before

    _scrub(copy.db)

    after = _everything(copy.db)
    left = [
        word for word in (MARK, "olive", "Olive", "203.0.113.9", "example.com", ENVELOPE) if word in after
    ]
    assert left == []


def test_the_same_person_is_the_same_pseudonym_everywhere(copy: Cast) -> None:
    copy.db.admin.execute("UPDATE core.users SET username = email WHERE id = %s", [copy.viewer])

    _scrub(copy.db)

    logged = copy.value("SELECT username FROM core.audit_logs WHERE action = 'login'")
    assert logged == copy.value("SELECT username FROM core.users WHERE id = %s", copy.owner)
    assert copy.value("SELECT username = email FROM core.users WHERE id = %s", copy.viewer)
    assert copy.value("SELECT count(DISTINCT email) FROM core.users") == copy.value(
        "SELECT count(*) FROM core.users"
    )


def test_rows_keys_and_moments_stay_and_every_trigger_is_awake_again(copy: Cast) -> None:
    asleep = "SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'"
    facts = "SELECT string_agg(concat_ws(' ', id, role, updated_at), '; ' ORDER BY id) FROM core.users"
    entries = copy.value("SELECT count(*) FROM core.audit_logs")
    before = copy.value(facts)

    _scrub(copy.db)

    assert copy.value(facts) == before
    assert copy.value("SELECT count(*) FROM core.audit_logs") == entries
    assert copy.value(asleep) == 0
    with pytest.raises(errors.RestrictViolation):
        copy.db.admin.execute("DELETE FROM core.audit_logs")


def test_the_erased_stay_erased(copy: Cast) -> None:
    copy.run("admin", "SELECT core.erase_user(%s)", copy.viewer)

    _scrub(copy.db)

    name = copy.value("SELECT email FROM core.users WHERE id = %s", copy.viewer)
    assert name == f"erased-{copy.viewer}@erased.invalid"


def test_a_database_that_is_not_marked_is_left_as_it_is(migrated_db: Database) -> None:
    cast = Cast(migrated_db)

    with pytest.raises(errors.ObjectNotInPrerequisiteState) as refusal:
        migrated_db.admin.execute("SET footing.copy_of = 'production'")  # a session is not a database
        migrated_db.admin.execute(SCRUB)

    assert "ALTER DATABASE" in (refusal.value.diag.message_hint or "")
    assert cast.value("SELECT username FROM core.users WHERE id = %s", cast.owner) == "olive"
