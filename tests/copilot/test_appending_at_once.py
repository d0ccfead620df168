"""Eight connections append to one conversation; another conversation never waits."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from psycopg import errors

from tests.support.copilot import Authors
from tests.support.waiting import wait_until

APPEND = "INSERT INTO copilot.messages (conversation_id, role, content) VALUES (%s, 'user', %s)"
WHO = "SELECT set_config('app.user_id', %s, true)"
CONNECTIONS, EACH = 8, 30


def _append(authors: Authors, conversation: UUID, name: int) -> list[int]:
    """Append on a connection of its own; return the numbers in the order they were given."""
    numbers = []
    with authors.db.connect("test_app", autocommit=False) as connection:
        for n in range(EACH):
            connection.execute(WHO, [str(authors.ada)])
            given = connection.execute(APPEND + " RETURNING sequence_number", [conversation, f"{name}:{n}"])
            numbers.append(given.fetchone()[0])
            connection.commit()
    return numbers


def test_eight_connections_append_to_one_conversation_without_collision_or_gap(authors: Authors) -> None:
    conversation = authors.make("conversations")
    done = threading.Event()
    seen: list[tuple[Any, ...]] = []

    def watch() -> None:
        with authors.db.connect() as connection:
            while not done.is_set():
                query = "SELECT count(*), coalesce(max(sequence_number), 0) FROM copilot.messages"
                seen.append(connection.execute(query).fetchone())

    reader = threading.Thread(target=watch)
    reader.start()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        given = [*pool.map(lambda name: _append(authors, conversation, name), range(CONNECTIONS))]
    done.set()
    reader.join()

    total = CONNECTIONS * EACH
    assert sorted(number for numbers in given for number in numbers) == [*range(1, total + 1)]
    assert all(numbers == sorted(numbers) for numbers in given)
    assert len(seen) > 5
    assert [pair for pair in seen if pair[0] != pair[1]] == [], (
        "a reader saw number n and not all before it"
    )
    in_order = (
        "SELECT bool_and(sequence_number = place) FROM (SELECT sequence_number, row_number()"
        " OVER (ORDER BY timestamp) AS place FROM copilot.messages) AS m"
    )
    assert authors.value(in_order), "the order in time is another than that of the numbers"
    assert authors.value("SELECT last_sequence_number FROM copilot.conversations") == total


def test_a_long_transaction_holds_its_own_conversation_and_no_other(authors: Authors) -> None:
    held, other = (authors.make("conversations") for _ in "ab")

    with authors.db.session("authenticated_users", authors.ada) as long:
        long.execute(APPEND, [held, "long"])
        with authors.db.session("authenticated_users", authors.ada) as session:
            session.execute("SET LOCAL lock_timeout = '1ms'")
            session.execute(APPEND, [other, "at once"])
            read = session.execute("SELECT count(*) FROM copilot.messages").fetchone()
        with (
            pytest.raises(errors.LockNotAvailable),
            authors.db.session("authenticated_users", authors.ada) as session,
        ):
            session.execute("SET LOCAL lock_timeout = '1ms'")
            session.execute(APPEND, [held, "must wait"])

    assert read == (1,)
    assert authors.value("SELECT array_agg(content ORDER BY content) FROM copilot.messages") == [
        "at once",
        "long",
    ]


def _bulk(authors: Authors, direction: str, barrier: threading.Barrier) -> str:
    """Append to every conversation in one statement, many times, in that order; return what went wrong."""
    insert = (
        "INSERT INTO copilot.messages (conversation_id, role, content) SELECT conversation_id, 'user', 'x'"
        f" FROM copilot.conversations ORDER BY conversation_id {direction}"
    )
    with authors.db.connect("test_app", autocommit=False) as connection:
        for _ in range(15):
            connection.execute(WHO, [str(authors.ada)])
            barrier.wait(20)
            try:
                connection.execute(insert)
                connection.commit()
            except errors.DeadlockDetected:
                barrier.abort()
                return "deadlock"
            except threading.BrokenBarrierError:
                return ""
    return ""


def test_appends_to_many_conversations_in_their_order_do_not_deadlock(authors: Authors) -> None:
    for n in range(20):
        authors.make("conversations", title=str(n))
    barrier = threading.Barrier(4)

    with ThreadPoolExecutor(4) as pool:
        wrong = [*pool.map(lambda _: _bulk(authors, "ASC", barrier), range(4))]

    assert wrong == [""] * 4
    counts = "SELECT array_agg(DISTINCT last_sequence_number) FROM copilot.conversations"
    assert authors.value(counts) == [4 * 15]


def test_appends_in_opposite_order_deadlock_once_and_lose_nothing(authors: Authors) -> None:
    first, second = (authors.make("conversations") for _ in "ab")

    with authors.db.session("authenticated_users", authors.ada) as here, ThreadPoolExecutor(1) as pool:
        here.execute(APPEND, [first, "here"])

        def there() -> str:
            try:
                with authors.db.session("authenticated_users", authors.ada) as session:
                    session.execute(APPEND, [second, "there"])
                    session.execute(APPEND, [first, "there"])
                return "there"
            except errors.DeadlockDetected:
                return ""

        other = pool.submit(there)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        wait_until(lambda: authors.value(waiting, authors.db.name) == 1, timeout=20)
        try:
            here.execute(APPEND, [second, "here"])
            won = "here"
        except errors.DeadlockDetected:
            here.rollback()
            won = "there"
        assert other.result() in ("", "there")

    assert authors.value("SELECT array_agg(content) FROM copilot.messages") == [won, won]
    assert authors.value("SELECT array_agg(last_sequence_number) FROM copilot.conversations") == [1, 1]


def test_a_snapshot_from_before_is_told_to_try_again(authors: Authors) -> None:
    conversation = authors.make("conversations")

    with authors.db.session("authenticated_users", authors.ada) as session:
        session.execute("ROLLBACK")
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        session.execute(WHO, [str(authors.ada)])
        authors.make("messages", conversation_id=conversation)

        with pytest.raises(errors.SerializationFailure):
            session.execute(APPEND, [conversation, "x"])
