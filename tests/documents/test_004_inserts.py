"""004: its INSERTs with its columns and no others, its defaults, its tables, keys and relations."""

from typing import Any

from tests.support.copilot import Authors

# the document's columns, in its order, but for keys and moments that it has defaults for
INSERTS = {
    "documents": (
        "INSERT INTO documents (user_id, project_name, content, metadata, status, version, file_path)"
        " VALUES (%(user)s, 'Shop', '# SRS', '{\"model\": \"x\"}', 'draft', 1, '/exports/srs.md')"
    ),
    "wireframes": (
        "INSERT INTO wireframes (user_id, title, html_content, css_styles, metadata, template_type,"
        " preview_url) VALUES (%(user)s, 'Login', '<form>', 'form {}', '{}', 'form', 'https://x.example/1')"
    ),
    "conversations": (
        "INSERT INTO conversations (user_id, title, metadata) VALUES (%(user)s, 'Login', '{}')"
    ),
    "messages": (
        "INSERT INTO messages (conversation_id, role, content, metadata, token_count, timestamp)"
        " SELECT conversation_id, 'user', 'Hello', '{}', 2, CURRENT_TIMESTAMP FROM conversations LIMIT 1"
    ),
    "diagrams": (
        "INSERT INTO diagrams (user_id, title, diagram_type, mermaid_code, preview_url, metadata)"
        " VALUES (%(user)s, 'Login', 'sequence', 'A->>B: x', 'https://x.example/2', '{}')"
    ),
}
LEAST = {
    "documents": (
        "INSERT INTO documents (user_id, project_name, content) VALUES (%(user)s, 'Shop', '# SRS')"
    ),
    "wireframes": "INSERT INTO wireframes (user_id, title) VALUES (%(user)s, 'Login')",
    "conversations": "INSERT INTO conversations (user_id, title) VALUES (%(user)s, 'Login')",
    "messages": (
        "INSERT INTO messages (conversation_id, role, content)"
        " SELECT conversation_id, 'assistant', 'Hello' FROM conversations LIMIT 1"
    ),
    "diagrams": (
        "INSERT INTO diagrams (user_id, title, diagram_type, mermaid_code)"
        " VALUES (%(user)s, 'Login', 'usecase', 'x')"
    ),
}
# the columns of the document's tables, in its order
COLUMNS = {
    "documents": "document_id user_id project_name content metadata status version file_path created_at"
    " updated_at",
    "wireframes": "wireframe_id user_id title html_content css_styles metadata template_type preview_url"
    " created_at updated_at",
    "conversations": "conversation_id user_id title metadata created_at updated_at",
    "messages": "message_id conversation_id role content metadata token_count timestamp",
    "diagrams": "diagram_id user_id title diagram_type mermaid_code preview_url metadata created_at"
    " updated_at",
    "users": "user_id email password_hash full_name organization preferences created_at"
    " updated_at is_active",
}


def test_an_insert_with_the_documents_columns_works_as_its_application(authors: Authors) -> None:
    for inserts in (INSERTS, LEAST):
        with authors.db.session("authenticated_users", authors.ada) as session:
            session.execute("SET LOCAL search_path = copilot, core")
            user = session.execute("SELECT user_id FROM users WHERE username = 'ada'").fetchone()[0]
            for table, insert in inserts.items():
                returned = session.execute(f"{insert} RETURNING *".encode(), {"user": user}).fetchone()
                assert returned, table

    for table in INSERTS:
        assert authors.value(f"SELECT array_agg(DISTINCT user_id) FROM copilot.{table}") == [user], table
        assert authors.value(f"SELECT count(*) FROM copilot.{table}") == 2, table


def test_what_an_insert_leaves_out_has_the_documents_default(authors: Authors) -> None:
    authors.rows("ada")
    defaults: dict[str, tuple[str, tuple[Any, ...]]] = {
        "document_versions": ("version, metadata", (1, {})),
        "documents": ("metadata, status, version - 1, file_path", ({}, "draft", 1, None)),
        "wireframes": ("metadata, html_content, template_type", ({}, None, None)),
        "conversations": ("metadata", ({},)),
        "messages": ("metadata, token_count", ({}, None)),
        "diagrams": ("metadata, preview_url", ({}, None)),
    }

    for table, (columns, expected) in defaults.items():
        row = authors.db.admin.execute(f"SELECT {columns} FROM copilot.{table}".encode()).fetchone()
        assert row == expected, table


def test_every_column_and_relation_of_the_document_is_there(authors: Authors) -> None:
    types = (
        "SELECT column_name FROM information_schema.columns WHERE table_schema IN ('copilot', 'core')"
        " AND table_name = %s AND column_name = ANY (%s)"
    )
    keys = (
        "SELECT c.relname, t.relname, k.confdeltype FROM pg_constraint AS k"
        " JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_class AS t ON t.oid = k.confrelid"
        " WHERE k.contype = 'f' AND c.relnamespace = 'copilot'::regnamespace"
    )

    for table, names in COLUMNS.items():
        found = {row[0] for row in authors.db.admin.execute(types, [table, names.split()])}
        assert found == {*names.split()}, table
    assert {*authors.db.admin.execute(keys).fetchall()} == {
        ("documents", "users", "c"),
        ("document_versions", "documents", "c"),
        ("wireframes", "users", "c"),
        ("conversations", "users", "c"),
        ("messages", "conversations", "c"),
        ("diagrams", "users", "c"),
    }
