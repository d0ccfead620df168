"""A message has its place in its conversation, whatever the clock says and however it was added."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import errors

from tests.support.copilot import Authors

APPEND = "INSERT INTO messages (conversation_id, role, content) VALUES (%s, %s, %s)"


def _said(authors: Authors, conversation: UUID) -> list[tuple[Any, ...]]:
    return authors.ask(
        "ada",
        "SELECT sequence_number, content FROM messages WHERE conversation_id = %s ORDER BY sequence_number",
        conversation,
    )


def _last(authors: Authors, conversation: UUID) -> int:
    query = "SELECT last_sequence_number FROM copilot.conversations WHERE conversation_id = %s"
    return authors.value(query, conversation)


def test_question_and_answer_stay_in_order_in_one_transaction_and_when_the_clock_goes_back(
    authors: Authors,
) -> None:
    conversation = authors.make("conversations")
    turns = [("user", "question"), ("assistant", "answer"), ("user", "thanks")]

    with authors.db.session("authenticated_users", authors.ada) as session:
        session.execute("SET LOCAL search_path = copilot, core")
        for role, content in turns:
            session.execute(APPEND, [conversation, role, content])
    by_time = authors.ask("ada", "SELECT sequence_number, content FROM messages ORDER BY timestamp")
    for minutes in (0, -5, -5):
        moment = datetime.now(UTC) + timedelta(minutes=minutes)
        authors.make("messages", conversation_id=conversation, content=f"{minutes}", timestamp=moment)

    in_order = [(1, "question"), (2, "answer"), (3, "thanks"), (4, "0"), (5, "-5"), (6, "-5")]
    assert _said(authors, conversation) == in_order
    assert by_time == in_order[:3]  # the document's own order
    assert (
        authors.value("SELECT count(DISTINCT timestamp) FROM copilot.messages WHERE content ~ '[a-z]'") == 3
    )


def test_many_messages_of_one_statement_are_numbered_in_its_order(authors: Authors) -> None:
    first, second = (authors.make("conversations") for _ in "ab")
    authors.make("messages", conversation_id=second, content="before")

    authors.ask(
        "ada",
        "INSERT INTO messages (conversation_id, role, content) VALUES"
        " (%(a)s, 'user', 'a1'), (%(b)s, 'user', 'b1'), (%(a)s, 'assistant', 'a2'),"
        " (%(b)s, 'assistant', 'b2'), (%(a)s, 'user', 'a3')".replace("%(a)s", f"'{first}'").replace(
            "%(b)s", f"'{second}'"
        ),
    )

    assert _said(authors, first) == [(1, "a1"), (2, "a2"), (3, "a3")]
    assert _said(authors, second) == [(1, "before"), (2, "b1"), (3, "b2")]
    assert (_last(authors, first), _last(authors, second)) == (3, 3)


def test_a_conversation_and_its_first_messages_are_one_statement(authors: Authors) -> None:
    numbered = authors.ask(
        "ada",
        "WITH c AS (INSERT INTO conversations (title) VALUES ('New') RETURNING conversation_id)"
        " INSERT INTO messages (conversation_id, role, content)"
        " SELECT conversation_id, 'user', n::text FROM c, generate_series(1, 3) AS n"
        " RETURNING sequence_number, content",
    )

    assert numbered == [(1, "1"), (2, "2"), (3, "3")]
    assert authors.value("SELECT last_sequence_number FROM copilot.conversations") == 3


def test_a_thousand_messages_of_one_statement_move_their_conversation_once(authors: Authors) -> None:
    conversation = authors.make("conversations")

    with authors.db.session("authenticated_users", authors.ada) as session:
        session.execute(
            "INSERT INTO copilot.messages (conversation_id, role, content)"
            " SELECT %s, 'user', n::text FROM generate_series(1, 1000) AS n",
            [conversation],
        )
        moved = session.execute("SELECT pg_stat_get_xact_tuples_updated('copilot.conversations'::regclass)")
        times = moved.fetchone()[0]

    assert _said(authors, conversation) == [(n, str(n)) for n in range(1, 1001)]
    assert times == 1  # a version of the row for each message would cost a million visits
    later = "SELECT (SELECT updated_at FROM copilot.conversations) - max(timestamp) FROM copilot.messages"
    assert authors.value(later) >= timedelta(0)


def test_each_message_brings_its_conversation_to_the_top(authors: Authors) -> None:
    conversations = [authors.make("conversations", title=title) for title in "abc"]
    top = "SELECT title FROM conversations ORDER BY updated_at DESC, conversation_id DESC"

    seen = [[row[0] for row in authors.ask("ada", top)]]
    for conversation in (conversations[0], conversations[1]):
        authors.make("messages", conversation_id=conversation)
        seen.append([row[0] for row in authors.ask("ada", top)])

    assert seen == [["c", "b", "a"], ["a", "c", "b"], ["b", "a", "c"]]


def test_a_number_is_given_once_and_used_up_by_nothing_that_is_not_there(authors: Authors) -> None:
    conversation, message = authors.make("conversations"), uuid4()
    again = (
        "INSERT INTO messages (message_id, conversation_id, role, content) VALUES (%s, %s, 'user', 'a')"
        " ON CONFLICT DO NOTHING"
    )

    sent = [authors.ask("ada", again, message, conversation) for _ in range(3)]
    with authors.db.session("authenticated_users", authors.ada, commit=False) as session:
        session.execute(APPEND.replace("INTO ", "INTO copilot."), [conversation, "user", "rolled back"])
    for content in "bc":
        authors.make("messages", conversation_id=conversation, content=content)
    authors.ask("ada", "DELETE FROM messages WHERE sequence_number >= 2")
    authors.make("messages", conversation_id=conversation, content="d")

    assert sent == [1, 0, 0]
    assert _said(authors, conversation) == [(1, "a"), (4, "d")]


def test_an_answer_grows_where_it_stands(authors: Authors) -> None:
    conversation = authors.make("conversations")
    authors.make("messages", conversation_id=conversation, role="assistant", content="")
    authors.make("messages", conversation_id=conversation, content="next")

    for piece in ("It ", "works"):
        grow = "UPDATE messages SET content = content || %s, token_count = 2 WHERE role = 'assistant'"
        authors.ask("ada", grow, piece)

    assert _said(authors, conversation) == [(1, "It works"), (2, "next")]


def test_a_loader_copies_messages_with_and_without_numbers(authors: Authors) -> None:
    conversation = authors.make("conversations")
    copies = [
        ("conversation_id, user_id, role, content", [(conversation, authors.uuid("ada"), "user", "a")]),
        ("conversation_id, role, content", [(conversation, "user", "b"), (conversation, "user", "c")]),
        ("conversation_id, sequence_number, role, content", [(conversation, 9, "user", "d")]),
        ("conversation_id, role, content", [(conversation, "user", "e")]),
    ]

    for columns, rows in copies:
        with (
            authors.db.session("bulk_loader") as session,
            session.cursor().copy(f"COPY copilot.messages ({columns}) FROM STDIN".encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    assert _said(authors, conversation) == [(1, "a"), (2, "b"), (3, "c"), (9, "d"), (10, "e")]
    assert _last(authors, conversation) == 10


def test_a_child_never_belongs_to_another_than_its_parent(authors: Authors) -> None:
    ours, theirs = authors.rows("ada"), authors.rows("ben")
    ben = authors.uuid("ben")

    for child, number, key, parent in (
        ("messages", "sequence_number", "conversation_id", "conversations"),
        ("document_versions", "version", "document_id", "documents"),
    ):
        for change, row in (
            (f"UPDATE {child} SET {number} = 9, {key} = '{theirs[parent]}'", ours[parent]),
            (f"UPDATE {child} SET user_id = '{ben}'", ours[parent]),
            (f"UPDATE {parent} SET user_id = '{ben}'", ours[parent]),
        ):
            with pytest.raises(errors.ForeignKeyViolation) as refusal:
                authors.db.admin.execute(
                    f"{change} WHERE {key} = %s".replace(" ", " copilot.", 1).encode(), [row]
                )

            assert refusal.value.diag.constraint_name == f"{child}_{key}_user_id_fkey", change
