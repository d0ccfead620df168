"""The work queue: a lease for each claim, attempts as the fencing token, and an end that is final."""

import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.support.webtest import agents, message
from tests.webtest.conftest import Bench

CLAIM = "SELECT id, attempts FROM webtest.claim_messages('analysis_agent_001', %s, %s)"
COMPLETE = "SELECT webtest.complete_message(%s, %s)"
FAIL = "SELECT webtest.fail_message(%s, %s, %s, %s)"
LONG = timedelta(minutes=5)
STATE = (
    "SELECT status, attempts, leased_until IS NOT NULL, processed_at IS NOT NULL"
    " FROM webtest.agent_messages"
)


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The bench with two agents in each project."""
    agents(bench, bench.apollo)
    agents(bench, bench.borealis)
    return bench


def _claim(bench: Bench, part: str = "editor", limit: int = 10, lease: timedelta = LONG) -> list[Any]:
    with bench.db.session("authenticated_users", bench.id_of(part)) as session:
        return session.execute(CLAIM.encode(), [limit, lease]).fetchall()


def _lapse(bench: Bench) -> None:
    """Let every lease run out."""
    bench.db.admin.execute(
        "UPDATE webtest.agent_messages SET leased_until = now() WHERE leased_until IS NOT NULL"
    )


def _state(bench: Bench) -> tuple[Any, ...] | None:
    return bench.db.admin.execute(STATE.encode()).fetchone()


def test_messages_are_claimed_oldest_first_once_and_no_more_than_asked_for(bench: Bench) -> None:
    made = [message(bench, bench.apollo) for _ in range(5)]

    first, second, third = (_claim(bench, limit=2), _claim(bench, limit=2), _claim(bench, limit=2))

    assert [row[0] for row in first + second + third] == made
    assert {row[1] for row in first + second + third} == {1}
    assert _claim(bench) == []


def test_only_who_edits_the_project_claims_its_messages(bench: Bench) -> None:
    message(bench, bench.apollo)

    for part in ("nobody", "outsider", "viewer", "admin"):
        assert _claim(bench, part) == [], part
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        bench.db.session("readonly_users", bench.editor) as session,
    ):
        session.execute(CLAIM.encode(), [10, LONG])

    assert len(_claim(bench, "manager")) == 1


def test_another_projects_message_is_neither_completed_nor_failed(bench: Bench) -> None:
    theirs = message(bench, bench.borealis)
    _claim(bench, "outsider")

    for part in ("editor", "viewer", "nobody"):
        for statement in (COMPLETE, FAIL):
            arguments = [theirs, 1] if statement is COMPLETE else [theirs, 1, "x", None]
            with pytest.raises(errors.ObjectNotInPrerequisiteState):
                bench.run(part, statement, *arguments)

    assert _state(bench) == ("delivered", 1, True, False)
    bench.run("outsider", COMPLETE, theirs, 1)
    assert _state(bench) == ("processed", 1, False, True)


def test_a_claim_takes_from_every_project_or_from_the_one_that_is_set(bench: Bench) -> None:
    bench.grant(bench.editor, bench.borealis, "editor")
    ours = {message(bench, bench.apollo) for _ in range(2)}
    theirs = {message(bench, bench.borealis) for _ in range(2)}

    with bench.db.session("authenticated_users", bench.editor, commit=False) as session:
        session.execute("SELECT set_config('app.project_id', %s, true)", [str(bench.borealis)])
        one = {row[0] for row in session.execute(CLAIM.encode(), [10, LONG])}
    every = {row[0] for row in _claim(bench, limit=3)} | {row[0] for row in _claim(bench, limit=3)}

    assert one == theirs
    assert every == ours | theirs


def test_a_lease_that_ran_out_is_another_attempt_and_the_first_can_no_longer_end_it(bench: Bench) -> None:
    made = message(bench, bench.apollo)
    assert _claim(bench) == [(made, 1)]
    _lapse(bench)
    waiting = _state(bench)

    second = _claim(bench)

    assert (waiting, second) == (("delivered", 1, True, False), [(made, 2)])
    for stale in (0, 1, 3):
        with pytest.raises(errors.ObjectNotInPrerequisiteState, match="not the one under way") as refusal:
            bench.run("editor", COMPLETE, made, stale)
        with pytest.raises(errors.ObjectNotInPrerequisiteState):
            bench.run("editor", FAIL, made, stale, "late", None)
    assert "Roll back" in refusal.value.diag.message_hint
    bench.run("editor", COMPLETE, made, 2)
    assert _state(bench) == ("processed", 2, False, True)


def test_who_was_only_slow_may_end_it_while_nobody_else_has_it(bench: Bench) -> None:
    made = message(bench, bench.apollo)
    _claim(bench)
    _lapse(bench)

    bench.run("editor", COMPLETE, made, 1)

    assert _state(bench) == ("processed", 1, False, True)


def test_an_end_is_final(bench: Bench) -> None:
    for end in (COMPLETE, FAIL):
        bench.db.admin.execute("DELETE FROM webtest.agent_messages")
        made = message(bench, bench.apollo)
        _claim(bench)
        bench.run("editor", end, *([made, 1] if end is COMPLETE else [made, 1, "broken", None]))
        ended = _state(bench)

        for again in (COMPLETE, FAIL):
            with pytest.raises(errors.ObjectNotInPrerequisiteState):
                bench.run("editor", again, *([made, 1] if again is COMPLETE else [made, 1, "x", None]))
        for change in ("status = 'delivered', processed_at = NULL", "last_error = 'x'"):
            with pytest.raises(errors.RestrictViolation, match="does not go back"):
                bench.run("editor", f"UPDATE webtest.agent_messages SET {change}")

        assert _claim(bench) == []
        assert _state(bench) == ended


def test_attempts_are_not_counted_backwards(bench: Bench) -> None:
    message(bench, bench.apollo)
    _claim(bench)

    with pytest.raises(errors.RestrictViolation, match="does not go back"):
        bench.run("editor", "UPDATE webtest.agent_messages SET attempts = 0")

    assert _state(bench) == ("delivered", 1, True, False)


def test_what_failed_is_tried_again_until_its_last_attempt(bench: Bench) -> None:
    made = message(bench, bench.apollo, max_attempts=3)
    outcomes = []

    for attempt in (1, 2, 3):
        assert _claim(bench) == [(made, attempt)]
        with bench.db.session("authenticated_users", bench.editor) as session:
            arguments = [made, attempt, f"error {attempt}", timedelta(hours=1)]
            outcomes.append(session.execute(FAIL.encode(), arguments).fetchone()[0])
        assert _claim(bench) == []  # not before its time
        _lapse(bench)

    assert outcomes == ["delivered", "delivered", "failed"]
    assert _state(bench) == ("failed", 3, False, False)
    assert bench.value("SELECT last_error FROM webtest.agent_messages") == "error 3"


def test_what_nobody_ever_ends_fails_after_its_last_attempt_and_does_not_hide_the_next(
    bench: Bench,
) -> None:
    dead = [message(bench, bench.apollo, max_attempts=1) for _ in range(3)]
    assert len(_claim(bench)) == 3
    _lapse(bench)
    alive = message(bench, bench.apollo)

    claimed = _claim(bench, limit=2)

    assert claimed == [(alive, 1)]
    query = "SELECT array_agg(id ORDER BY id) FROM webtest.agent_messages WHERE status = 'failed'"
    assert bench.value(query) == dead
    assert "not heard of" in bench.value(
        "SELECT last_error FROM webtest.agent_messages WHERE id = %s", dead[0]
    )


def test_a_claim_does_not_wait_for_another_that_is_not_committed(bench: Bench) -> None:
    made = [message(bench, bench.apollo) for _ in range(4)]

    with bench.db.session("authenticated_users", bench.editor, commit=False) as first:
        held = first.execute(CLAIM.encode(), [2, LONG]).fetchall()
        with bench.db.session("authenticated_users", bench.manager) as second:
            second.execute("SET LOCAL lock_timeout = '2s'")
            rest = second.execute(CLAIM.encode(), [10, LONG]).fetchall()

    assert [row[0] for row in held] == made[:2]
    assert [row[0] for row in rest] == made[2:]
    assert [row[0] for row in _claim(bench)] == made[:2]  # the first was rolled back


def test_nonsense_is_refused(bench: Bench) -> None:
    for limit, lease in (
        (0, LONG),
        (1001, LONG),
        (None, LONG),
        (1, timedelta(0)),
        (1, timedelta(-1)),
        (1, None),
    ):
        with pytest.raises(errors.InvalidParameterValue, match="must be"):
            bench.run("editor", CLAIM, limit, lease)


def test_a_status_set_by_hand_as_the_document_has_it_still_leads_to_an_end(bench: Bench) -> None:
    made = message(bench, bench.apollo)

    bench.run("editor", "UPDATE webtest.agent_messages SET status = 'delivered' WHERE id = %s", made)
    claimed = _claim(bench)  # without a lease it is nobody's
    bench.run(
        "editor",
        "UPDATE webtest.agent_messages SET status = 'processed', processed_at = NOW(), leased_until = NULL",
    )

    assert claimed == [(made, 1)]
    assert _state(bench) == ("processed", 1, False, True)


def test_new_work_is_announced_once_for_each_receiver_and_without_the_work(bench: Bench) -> None:
    heard: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        with psycopg.connect(bench.db.url("test_app"), autocommit=True) as connection:
            connection.execute("LISTEN webtest_agent_messages")
            ready.set()
            for notification in connection.notifies(timeout=20, stop_after=2):
                heard.append(notification.payload)

    listener = threading.Thread(target=listen)
    listener.start()
    ready.wait(10)
    insert = (
        "INSERT INTO webtest.agent_messages (project_id, sender_id, receiver_id, message_type, payload)"
        " SELECT %s, 'generation_agent_001', r, 'm', '{\"secret\": 1}'"
        " FROM unnest('{analysis_agent_001,generation_agent_001}'::text[]) AS r, generate_series(1, 500)"
    )
    bench.run("editor", insert, bench.apollo)
    listener.join(30)

    assert sorted(heard) == [
        f'{{"project_id" : {bench.apollo}, "receiver_id" : "{name}"}}'
        for name in ("analysis_agent_001", "generation_agent_001")
    ]
