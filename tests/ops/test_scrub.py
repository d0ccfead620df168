"""sql/maintenance/scrub.sql: a copy without its people, and a refusal for everything that is no copy."""

import psycopg
import pytest
from psycopg import errors

from tests.assistant.conftest import Library
from tests.core.conftest import ENVELOPE, Cast
from tests.support.atmosfera import rows
from tests.support.database import Database
from tests.support.footing import ROOT

SCRUB = (ROOT / "sql" / "maintenance" / "scrub.sql").read_bytes()
MARK = "Zyxomma petiolatum"  # in every personal and secret column; no other text holds it


@pytest.fixture
def copy(migrated_db: Database) -> Cast:
    """A copy, marked as one, with a row of every table that keeps something personal."""
    cast = Library(migrated_db)
    admin = migrated_db.admin
    admin.execute(f"ALTER DATABASE {migrated_db.name} SET footing.copy_of = 'production'".encode())
    rows(cast, cast.apollo)
    cast.fill()
    admin.execute("UPDATE assistant.rules SET active = false")
    admin.execute("UPDATE assistant.templates SET is_active = false")
    admin.execute("SELECT assistant.archive_inactive('0')")
    cast.put("rules", rule_id="SEC-002")
    cast.put("templates", template_id="T-002")
    owner = cast.value("SELECT user_id FROM core.users WHERE id = %s", cast.owner)
    for statement in (
        "INSERT INTO copilot.documents (user_id, project_name, content) VALUES (%s, 'Shop', 'first')",
        "INSERT INTO copilot.wireframes (user_id, title) VALUES (%s, 'Login')",
        "INSERT INTO copilot.conversations (user_id, title) VALUES (%s, 'Login')",
        "INSERT INTO copilot.diagrams (user_id, title, diagram_type, mermaid_code)"
        " VALUES (%s, 'Login', 'sequence', 'A->>B: hello')",
        "INSERT INTO copilot.messages (user_id, conversation_id, role, content)"
        " SELECT user_id, conversation_id, 'user', 'hello' FROM copilot.conversations WHERE user_id = %s",
        "UPDATE copilot.documents SET content = 'second' WHERE user_id = %s",
    ):
        admin.execute(statement.encode(), [owner])
    admin.execute(
        "INSERT INTO core.audit_logs (user_id, username, action, resource, ip_address)"
        " VALUES (%s, 'olive', 'login', 'session', '203.0.113.9')",
        [cast.owner],
    )
    _mark_everything(migrated_db)
    admin.execute("UPDATE core.users SET mfa_secret = %s", [ENVELOPE])
    return cast


def _mark_everything(db: Database) -> None:
    """Write the mark into every personal and secret text, as nobody's trigger would notice."""
    columns = db.admin.execute(
        "SELECT c.oid::regclass::text, a.attname, format_type(a.atttypid, NULL)"
        " FROM ops.column_classes AS k"
        " JOIN pg_class AS c ON c.oid = to_regclass(format('%I.%I', k.schema_name, k.table_name))"
        " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = ANY (k.columns)"
        " WHERE k.class IN ('personal', 'secret')"
    ).fetchall()
    known = {"username", "email", "mfa_secret", "ip_address"}  # these say who it is in words of their own
    with db.connect(autocommit=False) as session:
        session.execute("SET LOCAL session_replication_role = replica")
        for table, column, kind in columns:
            if column in known:
                continue
            value = f'{{"who": "{MARK}"}}' if kind == "jsonb" else MARK
            marked = session.execute(f"UPDATE {table} SET {column} = %s".encode(), [value])
            assert marked.rowcount, f"no row of {table} to mark"
        session.commit()


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
