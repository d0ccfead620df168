"""What each column takes and refuses, each refusal by its constraint's name."""

from typing import Any

import pytest
from psycopg import errors

from tests.support.copilot import TABLES, WRITTEN, Authors

REFUSED: list[tuple[str, str, Any, str]] = [
    ("documents", "status", "banana", "documents_status_check"),
    ("documents", "status", "Draft", "documents_status_check"),
    ("documents", "version", -7, "documents_version_is_positive_check"),
    ("documents", "version", 0, "documents_version_is_positive_check"),
    ("documents", "project_name", "  ", "documents_project_name_is_not_blank_check"),
    ("documents", "metadata", "[]", "documents_metadata_is_an_object_check"),
    ("documents", "metadata", '"text"', "documents_metadata_is_an_object_check"),
    ("documents", "file_path", "", "documents_file_path_is_not_blank_check"),
    ("wireframes", "title", "", "wireframes_title_is_not_blank_check"),
    ("wireframes", "metadata", "1", "wireframes_metadata_is_an_object_check"),
    ("wireframes", "template_type", " ", "wireframes_template_type_is_not_blank_check"),
    ("wireframes", "preview_url", "", "wireframes_preview_url_is_not_blank_check"),
    ("conversations", "title", "\t", "conversations_title_is_not_blank_check"),
    ("conversations", "metadata", "null", "conversations_metadata_is_an_object_check"),
    ("messages", "role", "robot", "messages_role_check"),
    ("messages", "role", "User", "messages_role_check"),
    ("messages", "token_count", -1, "messages_token_count_is_a_count_check"),
    ("messages", "metadata", "[]", "messages_metadata_is_an_object_check"),
    ("diagrams", "title", " ", "diagrams_title_is_not_blank_check"),
    ("diagrams", "diagram_type", "pie", "diagrams_diagram_type_check"),
    ("diagrams", "preview_url", "", "diagrams_preview_url_is_not_blank_check"),
    ("diagrams", "metadata", "[]", "diagrams_metadata_is_an_object_check"),
]
TAKEN: list[tuple[str, str, list[Any]]] = [
    ("documents", "status", ["draft", "generated", "in_review", "approved", "published", "archived"]),
    ("documents", "version", [1, 7]),
    ("documents", "content", ["", "ünï", "x" * 2_000_000]),
    ("documents", "file_path", [None, "/exports/srs.pdf"]),
    ("wireframes", "html_content", [None, "", "<h1>Login</h1>"]),
    ("wireframes", "css_styles", [None, "h1 { color: red }"]),
    ("wireframes", "template_type", [None, "dashboard", "Landing page"]),
    ("messages", "role", ["user", "assistant", "system"]),
    ("messages", "token_count", [None, 0, 128_000]),
    ("messages", "content", ["", "hello"]),
    ("diagrams", "diagram_type", ["sequence", "architecture", "usecase", "flowchart"]),
]
REQUIRED = [
    *(("documents", column) for column in ("user_id", "project_name", "content", "metadata", "status")),
    *(("documents", column) for column in ("version", "created_at")),
    *(("wireframes", column) for column in ("user_id", "title", "metadata")),
    *(("conversations", column) for column in ("user_id", "title", "metadata")),
    *(("messages", column) for column in ("conversation_id", "role", "content", "metadata")),
    *(("diagrams", column) for column in ("user_id", "title", "diagram_type", "mermaid_code", "metadata")),
    *((table, "updated_at") for table in WRITTEN),
]


def _parent(authors: Authors, table: str) -> dict[str, Any]:
    return {"conversation_id": authors.make("conversations")} if table == "messages" else {}


def test_values_outside_a_columns_set_are_refused_by_its_constraint(authors: Authors) -> None:
    for table, column, value, constraint in REFUSED:
        parent = _parent(authors, table)

        with pytest.raises(errors.CheckViolation) as refusal:
            authors.make(table, **parent, **{column: value})

        assert refusal.value.diag.constraint_name == constraint, (table, column, value)


def test_values_inside_a_columns_set_are_taken(authors: Authors) -> None:
    for table, column, values in TAKEN:
        for value in values:
            key = authors.make(table, **_parent(authors, table), **{column: value})

            stored = authors.value(
                f"SELECT {column} FROM copilot.{table} WHERE {TABLES[table][0]} = %s", key
            )
            assert stored == value, (table, column, str(value)[:20])


def test_what_004_requires_may_not_be_missing(authors: Authors) -> None:
    authors.rows("ada")
    authors.db.admin.execute("SET session_replication_role = replica")  # triggers would fill some

    for table, column in REQUIRED:
        with pytest.raises(errors.NotNullViolation) as refusal:
            authors.db.admin.execute(f"UPDATE copilot.{table} SET {column} = NULL".encode())

        assert refusal.value.diag.column_name == column, (table, column)


def test_updated_at_moves_with_every_change_of_every_table_whatever_the_statement_says(
    authors: Authors,
) -> None:
    authors.rows("ada")

    for table, (_, column) in WRITTEN.items():
        moment = f"SELECT updated_at FROM copilot.{table}"
        first = authors.value(moment)
        authors.ask("ada", f"UPDATE {table} SET {column} = {column}")  # changes nothing
        unmoved = authors.value(moment)
        authors.ask("ada", f"UPDATE {table} SET {column} = 'new', updated_at = '2001-01-01'")

        assert unmoved == first, table
        assert authors.value(moment) > first, table
