"""core.erase_user() carries out ops.erasure_policies in every product."""

import pytest

from tests.assistant.conftest import Library
from tests.core.conftest import Cast
from tests.support.database import Database

WORDS = "Zyxomma petiolatum"  # what somebody wrote for themselves


@pytest.fixture
def life(migrated_db: Database) -> Cast:
    """The owner has written in every product; so has the editor."""
    cast = Library(migrated_db)
    cast.fill()
    admin = migrated_db.admin
    for person in (cast.owner, cast.editor):
        admin.execute(
            """
            WITH him AS (SELECT user_id FROM core.users WHERE id = %(id)s),
            document AS (
                INSERT INTO copilot.documents (user_id, project_name, content)
                SELECT user_id, 'Shop', %(words)s FROM him
            ),
            wireframe AS (
                INSERT INTO copilot.wireframes (user_id, title) SELECT user_id, %(words)s FROM him
            ),
            diagram AS (
                INSERT INTO copilot.diagrams (user_id, title, diagram_type, mermaid_code)
                SELECT user_id, 'Login', 'sequence', %(words)s FROM him
            )
            INSERT INTO copilot.conversations (user_id, title) SELECT user_id, %(words)s FROM him""",
            {"id": person, "words": f"{WORDS} {person}"},
        )
        admin.execute(
            "INSERT INTO copilot.messages (user_id, conversation_id, role, content)"
            " SELECT c.user_id, c.conversation_id, 'user', c.title FROM copilot.conversations AS c"
            " JOIN core.users AS u USING (user_id) WHERE u.id = %s",
            [person],
        )
        admin.execute("UPDATE copilot.documents SET content = content || ' again'")
    admin.execute("UPDATE assistant.rules SET created_by = 'Olive@Example.com'")
    admin.execute("UPDATE assistant.templates SET created_by = 'edith'")
    cast.account = admin.execute(
        "INSERT INTO apex.accounts (name, owner_id) VALUES ('Oyl', %s) RETURNING account_id", [cast.editor]
    ).fetchone()[0]
    admin.execute(
        "INSERT INTO apex.account_members (account_id, user_id, access_level) VALUES (%s, %s, 'viewer')",
        [cast.account, cast.owner],
    )
    cast.case = cast.insert(
        "webtest.test_cases",
        {"project_id": cast.apollo, "title": "t", "description": "d", "test_type": "e2e",
         "created_by": cast.owner},
    )  # fmt: skip
    return cast


def _holds(cast: Cast, words: str) -> list[str]:
    """Return the tables of ours in which some row holds these words."""
    tables = cast.db.admin.execute(
        "SELECT DISTINCT format('%I.%I', schema_name, table_name) FROM ops.column_classes ORDER BY 1"
    ).fetchall()
    return [
        table
        for (table,) in tables
        if cast.value(
            f"SELECT count(*) FROM {table} AS t WHERE strpos(lower(t::text), lower(%s)) > 0", words
        )
    ]


def test_what_was_theirs_alone_goes_and_what_others_wrote_stays(life: Cast) -> None:
    theirs, others = f"{WORDS} {life.owner}", f"{WORDS} {life.editor}"
    written = _holds(life, theirs)
    assert len([table for table in written if table.startswith("copilot.")]) == 6

    life.run("admin", "SELECT core.erase_user(%s)", life.owner)

    assert _holds(life, theirs) == []
    assert set(_holds(life, others)) >= {table for table in written if table.startswith("copilot.")}


def test_names_written_as_text_are_blanked_in_the_audit_trail_too(life: Cast) -> None:
    assert "assistant.rules" in _holds(life, "olive@example.com")

    life.run("admin", "SELECT core.erase_user(%s)", life.owner)

    assert _holds(life, "olive@example.com") == []
    assert life.value("SELECT created_by FROM assistant.rules") == "[erased]"
    assert life.value("SELECT created_by FROM assistant.templates") == "edith"


def test_rights_go_and_what_was_done_keeps_its_pseudonym(life: Cast) -> None:
    life.run("admin", "SELECT core.erase_user(%s)", life.owner)

    members = life.value("SELECT count(*) FROM apex.account_members WHERE user_id = %s", life.owner)
    assert members == 0
    assert life.value("SELECT created_by FROM webtest.test_cases WHERE id = %s", life.case) == life.owner
    assert life.value("SELECT owner_id FROM apex.accounts") == life.editor
