"""Row security: everybody signed in reads, administrators write, and each denial has its control."""

import pytest
from psycopg import errors

from tests.assistant.conftest import KEYS, ROWS, TITLES, Library

READ = ["rules", "violations", "practices", "templates", "template_variables", "changes", "change_feed"]
ARCHIVES = ["rules_archive", "violations_archive", "practices_archive", "templates_archive"]
SIGNED_IN = ["outsider", "viewer", "editor", "manager", "owner", "admin"]
ROLES = ["authenticated_users", "readonly_users"]


@pytest.fixture
def library(library: Library) -> Library:
    """A row in every table, the archives too; and one person who was deactivated."""
    library.fill()
    for table, key in KEYS.items():
        library.put(table, **{key: "OLD"})
        library.age(table, "OLD", "3 years")
    library.violation("OLD")
    library.db.admin.execute("SELECT assistant.archive_inactive()")
    library.gone = library.person("gwen", "admin", is_active=False)
    return library


def test_everybody_signed_in_reads_and_nobody_else(library: Library) -> None:
    for role in ROLES:
        for part in ("nobody", "gone", *SIGNED_IN):
            with library.db.session(role, library.id_of(part)) as session:
                for table in READ + ARCHIVES:
                    seen = session.execute(f"SELECT count(*) FROM assistant.{table}".encode()).fetchone()[0]
                    there = library.value(f"SELECT count(*) FROM assistant.{table}")
                    allowed = part == "admin" if table in ARCHIVES else part in SIGNED_IN
                    assert there > 0, table
                    assert seen == (there if allowed else 0), (role, part, table)


def test_functions_show_nobody_anything_that_the_tables_would_not(library: Library) -> None:
    reading = {
        "SELECT rule_id FROM assistant.search_rules('password')": "SEC-001",
        "SELECT practice_id FROM assistant.search_practices('password')": "BP-001",
        "SELECT template_id FROM assistant.search_templates('password')": "T-001",
        "SELECT rule_id FROM assistant.find_rules('[]')": "SEC-001",
        "SELECT practice_id FROM assistant.find_practices('[]')": "BP-001",
        "SELECT template_id FROM assistant.find_templates('[]')": "T-001",
        "SELECT row_id FROM assistant.changes_since(0, 1)": "SEC-001",
        "SELECT assistant.latest_change_id() > 0": True,
    }

    for role in ROLES:
        for query, found in reading.items():
            for part in SIGNED_IN:
                assert library.ids(role, part, query) == {found}, (role, part, query)
            for part in ("nobody", "gone"):
                assert library.ids(role, part, query) in (set(), {None}), (role, part, query)


def _statements(table: str) -> dict[str, tuple[str, list]]:
    key, title = KEYS[table], TITLES[table]
    row = {**ROWS[table], key: "NEW"}
    marks = ", ".join("%s" for _ in row)
    return {
        "insert": (f"INSERT INTO assistant.{table} ({', '.join(row)}) VALUES ({marks})", [*row.values()]),
        "update": (f"UPDATE assistant.{table} SET {title} = 'x'", []),
        "delete": (f"DELETE FROM assistant.{table} WHERE {key} = 'FREE'", []),
    }


def test_administrators_write_and_nobody_else(library: Library) -> None:
    for table, key in KEYS.items():
        library.put(table, **{key: "FREE"})

    for table in KEYS:
        count = library.value(f"SELECT count(*) FROM assistant.{table}")
        for verb, (statement, values) in _statements(table).items():
            for part in ("nobody", "gone", *SIGNED_IN):
                allowed = {"insert": 1, "update": count, "delete": 1}[verb]
                with library.db.session(
                    "authenticated_users", library.id_of(part), commit=False
                ) as session:
                    try:
                        changed = session.execute(statement.encode(), values).rowcount
                    except errors.InsufficientPrivilege as refusal:
                        assert "row-level security" in str(refusal)
                        changed = "refused"
                denied = "refused" if verb == "insert" else 0
                assert changed == (allowed if part == "admin" else denied), (part, table, verb)
        assert library.value(f"SELECT count(*) FROM assistant.{table}") == count


def test_violations_are_written_by_administrators(library: Library) -> None:
    insert = "INSERT INTO assistant.violations (rule_id, location, details) VALUES ('SEC-001', 'a:1', 'x')"
    resolve = "UPDATE assistant.violations SET status = 'RESOLVED', resolved_at = now()"

    for part in ("nobody", "gone", "viewer", "owner"):
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            library.run(part, insert)
        assert library.run(part, resolve) == library.run(part, "DELETE FROM assistant.violations") == 0

    assert library.run("admin", insert) == 1
    assert library.run("admin", resolve) == 2
    assert library.run("admin", "DELETE FROM assistant.violations") == 2


REFUSED = [
    "UPDATE assistant.rules SET rule_id = 'x'",
    "UPDATE assistant.rules SET created_by = 'x'",
    "UPDATE assistant.rules SET search_vector = ''",
    "UPDATE assistant.rules SET deactivated_at = now()",
    "UPDATE assistant.violations SET rule_id = 'x'",
    "UPDATE assistant.practices SET practice_id = 'x'",
    "UPDATE assistant.templates SET template_id = 'x'",
    "INSERT INTO assistant.template_variables (template_id, name, position) VALUES ('T-001', 'x', 1)",
    "UPDATE assistant.template_variables SET name = 'x'",
    "DELETE FROM assistant.template_variables",
    "INSERT INTO assistant.changes (table_name, operation) VALUES ('rules', 'truncate')",
    "DELETE FROM assistant.changes",
    "UPDATE assistant.change_feed SET pruned_through = 0",
    *(f"DELETE FROM assistant.{table}" for table in ARCHIVES),
    *(f"TRUNCATE assistant.{table}" for table in READ + ARCHIVES),
    "SELECT assistant.require_maintainer()",
]


def test_what_is_granted_to_nobody_is_refused_to_administrators_too(library: Library) -> None:
    for statement in REFUSED:
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            library.run("admin", statement)


def test_readers_write_nothing_whoever_they_are(library: Library) -> None:
    for table in KEYS:
        for statement, values in _statements(table).values():
            with (
                pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
                library.db.session("readonly_users", library.admin) as session,
            ):
                session.execute(statement.encode(), values)
    for call in ("prune_changes()", "archive_inactive()", "record_template_use('T-001')"):
        with (
            pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
            library.db.session("readonly_users", library.admin) as session,
        ):
            session.execute(f"SELECT assistant.{call}".encode())


def test_other_groups_read_nothing(library: Library) -> None:
    for role in ("authenticator", "monitoring"):
        for table in READ + ARCHIVES:
            with (
                pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
                library.db.session(role, library.admin) as session,
            ):
                session.execute(f"SELECT FROM assistant.{table}".encode())


MAINTENANCE = [
    "SELECT assistant.archive_inactive()",
    "SELECT assistant.prune_changes()",
    "SELECT assistant.restore_rule('OLD')",
    "SELECT assistant.restore_practice('OLD')",
    "SELECT assistant.restore_template('OLD')",
]


def test_maintenance_is_for_administrators_and_the_owner(library: Library) -> None:
    for statement in MAINTENANCE:
        for part in ("nobody", "gone", "viewer", "owner"):
            with pytest.raises(errors.InsufficientPrivilege, match="only an administrator"):
                library.run(part, statement)

    for role, person in (("authenticated_users", library.admin), ("footing_owner", None)):
        for statement in MAINTENANCE:
            with library.db.session(role, person, commit=False) as session:
                session.execute(statement.encode())


def test_a_change_is_in_the_audit_trail_with_who_made_it(library: Library) -> None:
    library.run("admin", "UPDATE assistant.rules SET severity = 'ERROR' WHERE rule_id = 'SEC-001'")

    entry = library.db.admin.execute(
        "SELECT user_id, resource, resource_id, changes FROM core.audit_logs"
        " ORDER BY created_at DESC, id DESC LIMIT 1"
    ).fetchone()

    change = {"severity": {"old": "CRITICAL", "new": "ERROR"}}
    assert entry == (library.admin, "assistant.rules", "SEC-001", change)
