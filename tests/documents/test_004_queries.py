"""004 lists no query: these are the access paths its text and indexes name, as its role would ask."""

import pytest

from tests.support.copilot import Authors

# what 004 asks for → the query that an application writes for it from the document's tables alone
QUERIES = {
    "user-scoped access": "SELECT document_id FROM documents WHERE user_id = %(user)s",
    "the author beside the document": (
        "SELECT d.document_id FROM documents d JOIN users u ON u.user_id = d.user_id"
        " WHERE u.full_name = 'Ada' ORDER BY d.created_at DESC"
    ),
    "by status": "SELECT document_id FROM documents WHERE user_id = %(user)s AND status = 'draft'",
    "by project name": "SELECT document_id FROM documents WHERE project_name = 'Shop'",
    "metadata": "SELECT document_id FROM documents WHERE metadata @> '{}'",
    "wireframes by recency": (
        "SELECT wireframe_id FROM wireframes WHERE user_id = %(user)s ORDER BY created_at DESC"
    ),
    "diagrams of a type": (
        "SELECT diagram_id FROM diagrams WHERE user_id = %(user)s AND diagram_type = 'sequence'"
    ),
    "conversations by recency": (
        "SELECT conversation_id FROM conversations WHERE user_id = %(user)s"
        " ORDER BY updated_at DESC LIMIT 20"
    ),
    "message history, in temporal order": (
        "SELECT m.message_id FROM messages m JOIN conversations c ON c.conversation_id = m.conversation_id"
        " WHERE c.user_id = %(user)s ORDER BY m.timestamp"
    ),
    "messages of a role": "SELECT message_id FROM messages WHERE role = 'user'",
    "the health check": "SELECT 1",
}


@pytest.fixture
def authors(authors: Authors) -> Authors:
    """A row of every table for each author."""
    for who in ("ada", "ben"):
        authors.rows(who)
    return authors


def test_each_access_path_gives_ones_own_rows_and_no_others(authors: Authors) -> None:
    ada = authors.uuid("ada")
    own = {
        authors.value(f"SELECT {key} FROM copilot.{table} WHERE user_id = %s", ada)
        for table, key in (
            ("documents", "document_id"), ("wireframes", "wireframe_id"), ("diagrams", "diagram_id"),
            ("conversations", "conversation_id"), ("messages", "message_id"),
        )
    }  # fmt: skip

    for name, query in QUERIES.items():
        with authors.db.session("authenticated_users", authors.ada) as session:
            session.execute("SET LOCAL search_path = copilot, core")
            found = [row[0] for row in session.execute(query.encode(), {"user": ada})]
        with authors.db.session("authenticated_users", authors.ben) as session:
            session.execute("SET LOCAL search_path = copilot, core")
            others = [row[0] for row in session.execute(query.encode(), {"user": ada})]

        if name == "the health check":
            assert found == [1]
        else:
            assert len(found) == 1 and found[0] in own, name
            assert not {*others} & own, name


def test_nothing_of_the_documents_init_script_is_left_open(authors: Authors) -> None:
    installed = "SELECT count(*) FROM pg_extension WHERE extname IN ('uuid-ossp', 'pg_trgm')"

    assert authors.value(installed) == 0
    for schema in ("copilot", "core", "public"):
        assert not authors.value("SELECT has_schema_privilege('authenticated_users', %s, 'CREATE')", schema)
    with_rights = (
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'copilot'::regnamespace AND relkind = 'r'"
        " AND relrowsecurity AND has_table_privilege('authenticated_users', oid, 'SELECT')"
    )
    assert authors.value(with_rights) == 6
