"""Row security: what is one's own is seen, changed and deleted by oneself and by nobody else."""

import pytest
from psycopg import errors

from tests.support.copilot import LEAST, TABLES, WRITTEN, Authors

PARTS = ["nobody", "ada", "ben", "root"]


def test_rows_are_seen_by_their_owner_and_nobody_else(authors: Authors) -> None:
    made = {who: authors.rows(who) for who in ("ada", "ben")}

    for role in ("authenticated_users", "readonly_users"):
        for who in PARTS:
            for table, (key, _) in TABLES.items():
                seen = {row[0] for row in authors.ask(who, f"SELECT {key} FROM {table}", role=role)}
                assert seen == ({made[who][table]} if who in made else set()), (role, who, table)

    for table in TABLES:
        assert authors.value(f"SELECT count(*) FROM copilot.{table}") == 2, table


def test_rows_are_changed_and_deleted_by_their_owner_and_nobody_else(authors: Authors) -> None:
    authors.rows("ada")

    for who in [*(part for part in PARTS if part != "ada"), "ada"]:
        for table, (_, column) in reversed(WRITTEN.items()):
            assert authors.ask(who, f"UPDATE {table} SET {column} = 'changed'") == (who == "ada"), (
                who,
                table,
            )
    for who in [*(part for part in PARTS if part != "ada"), "ada"]:
        for table in reversed(WRITTEN):
            before = authors.value(f"SELECT count(*) FROM copilot.{table}")
            assert authors.ask(who, f"DELETE FROM {table}") == (who == "ada"), (who, table)
            assert before == 1, (who, table)


def test_a_deactivated_person_sees_nothing_more(authors: Authors) -> None:
    authors.rows("ada")
    before = [authors.one("ada", f"SELECT count(*) FROM {table}") for table in TABLES]

    authors.db.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [authors.ada])

    assert before == [1] * len(TABLES)
    assert [authors.one("ada", f"SELECT count(*) FROM {table}") for table in TABLES] == [0] * len(TABLES)
    assert authors.value("SELECT count(*) FROM copilot.documents") == 1


def test_a_row_is_added_in_ones_own_name_only(authors: Authors) -> None:
    theirs = authors.rows("ben")

    for table in ("documents", "wireframes", "conversations", "diagrams"):
        assert authors.value(f"SELECT user_id FROM copilot.{table}") == authors.uuid("ben")  # the default
        for who, owner in (("ada", "ben"), ("root", "ben"), ("nobody", "ada")):
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                authors.make(table, who, user_id=authors.uuid(owner))
            row = {**LEAST[table], "user_id": authors.uuid(owner)}  # without RETURNING, which asks more
            insert = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})"
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                authors.ask(who, insert, *row.values())
        with pytest.raises((errors.InsufficientPrivilege, errors.NotNullViolation)):
            authors.make(table, "nobody")
        assert authors.make(table, "ada", user_id=authors.uuid("ada")), table
    for who in ("ada", "root", "nobody"):
        with pytest.raises(errors.ForeignKeyViolation, match="there is no conversation"):
            authors.make("messages", who, conversation_id=theirs["conversations"])

    assert authors.value("SELECT count(*) FROM copilot.messages") == 1
    assert authors.make("messages", "ben", conversation_id=theirs["conversations"])


def test_anothers_conversation_is_as_absent_as_none_and_is_not_locked(authors: Authors) -> None:
    theirs = authors.make("conversations", "ben")
    append = "INSERT INTO copilot.messages (conversation_id, role, content) VALUES (%s, 'user', 'x')"

    with authors.db.session("authenticated_users", authors.ben) as ben:
        ben.execute(append, [theirs])  # holds the row
        for who in ("ada", "nobody"):
            with authors.db.session("authenticated_users", authors.id_of(who)) as session:
                session.execute("SET LOCAL lock_timeout = '1ms'")
                with pytest.raises(errors.ForeignKeyViolation, match=f"there is no conversation {theirs}"):
                    session.execute(append, [theirs])

    assert authors.value("SELECT count(*) FROM copilot.messages") == 1


REFUSED = [
    *(f"UPDATE {table} SET user_id = user_id" for table in TABLES),
    *(f"UPDATE {table} SET {key} = {key}" for table, (key, _) in TABLES.items()),
    *(f"TRUNCATE {table} CASCADE" for table in TABLES),
    "INSERT INTO document_versions SELECT * FROM document_versions",
    "UPDATE document_versions SET content = 'forged'",
    "DELETE FROM document_versions",
    "UPDATE conversations SET last_sequence_number = 0",
    "INSERT INTO conversations (title, last_sequence_number) VALUES ('x', 7)",
    "UPDATE messages SET sequence_number = 7",
    "UPDATE messages SET conversation_id = conversation_id",
    "UPDATE messages SET role = 'system'",
    "UPDATE messages SET timestamp = now()",
    "INSERT INTO messages (conversation_id, user_id, role, content) SELECT"
    " conversation_id, user_id, 'user', 'x' FROM conversations",
    "INSERT INTO messages (conversation_id, sequence_number, role, content) SELECT"
    " conversation_id, 1, 'user', 'x' FROM conversations",
]


def test_what_is_granted_to_nobody_is_refused_to_the_owner_too(authors: Authors) -> None:
    authors.rows("ada")

    for statement in REFUSED:
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            authors.ask("ada", statement)


def test_readers_write_nothing_and_the_other_groups_read_nothing(authors: Authors) -> None:
    authors.rows("ada")

    for table, (_, column) in WRITTEN.items():
        columns = ", ".join(LEAST[table])
        for statement in (
            f"UPDATE {table} SET {column} = 'x'",
            f"DELETE FROM {table}",
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}",
        ):
            with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
                authors.ask("ada", statement, role="readonly_users")
        for role in ("authenticator", "monitoring"):
            with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
                authors.ask("ada", f"SELECT FROM copilot.{table}", role=role)
        assert authors.value(f"SELECT count(*) FROM copilot.{table}") == 1, table


def test_the_audit_trail_names_what_changed_and_copies_no_text(authors: Authors) -> None:
    made = authors.rows("ada")
    authors.ask("ada", "UPDATE documents SET content = 'secret plan', status = 'approved'")
    authors.ask("ada", "UPDATE conversations SET title = 'secret talk'")

    changes = authors.value(
        "SELECT changes FROM core.audit_logs WHERE resource_id = %s AND action = 'update'"
        " AND changes ? 'status'",
        str(made["documents"]),
    )

    assert changes == {
        "content": {"redacted": True},
        "status": {"old": "draft", "new": "approved"},
        "version": {"old": 2, "new": 3},
    }
    entries = "SELECT array_agg(action ORDER BY id) FROM core.audit_logs WHERE resource = %s"
    assert authors.value(entries, "copilot.conversations") == ["insert", "update"]  # and not each message
    for word in ("secret", "login", "Login", "hello"):
        found = "SELECT count(*) FROM core.audit_logs WHERE strpos(changes::text, %s) > 0"
        assert authors.value(found + " AND resource LIKE 'copilot.%%'", word) == 0, word


def test_a_deleted_person_takes_everything_along_and_nobody_elses(authors: Authors) -> None:
    authors.rows("ben")
    ada = authors.uuid("ada")
    for table in ("documents", "wireframes", "conversations", "diagrams"):
        columns = {**LEAST[table], "user_id": ada}
        marks = ", ".join("%s" for _ in columns)
        insert = f"INSERT INTO copilot.{table} ({', '.join(columns)}) VALUES ({marks})"
        authors.db.admin.execute(insert.encode(), [*columns.values()])
    authors.db.admin.execute(
        "INSERT INTO copilot.messages (conversation_id, role, content)"
        " SELECT conversation_id, 'user', 'x' FROM copilot.conversations"
    )
    authors.db.admin.execute("UPDATE copilot.documents SET content = 'another'")

    authors.db.admin.execute("DELETE FROM core.users WHERE id = %s", [authors.ada])

    for table in TABLES:
        owners = authors.value(f"SELECT array_agg(DISTINCT user_id) FROM copilot.{table}")
        assert owners == [authors.uuid("ben")], table
