"""A worker of the message queue, as a product would run one: a process of its own, with its own connection.

python -m tests.webtest.queue_worker URL USER_ID [HOLD]: takes work until none is left. With HOLD it stops
in the middle of its second batch, prints the messages it holds, and waits to be killed.
"""

import sys
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import errors

BATCH = 25
LEASE = timedelta(seconds=3)
HOLDS_AT = (2, 10)  # the batch, and the message in it, in the middle of which it stops
DO = "INSERT INTO effects.done (message_id, attempt) VALUES (%s, %s)"
LEFT = "SELECT count(*) FROM webtest.agent_messages WHERE status IN ('sent', 'delivered')"


def work(url: str, user_id: str, hold: bool) -> None:
    """Claim, do and complete until nothing waits."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("LISTEN webtest_agent_messages")
        batches = 0
        while True:
            batch = _claim(connection, user_id)
            batches += bool(batch)
            for position, (message, attempt) in enumerate(batch):
                with suppress(errors.ObjectNotInPrerequisiteState), connection.transaction():
                    _identify(connection, user_id)
                    connection.execute(DO, [message, attempt])
                    if hold and (batches, position) == HOLDS_AT:
                        print(*(held for held, _ in batch[position:]), flush=True)
                        sys.stdin.read()
                    connection.execute("SELECT webtest.complete_message(%s, %s)", [message, attempt])
            if not batch and _nothing_is_left(connection, user_id):
                return
            if not batch:
                list(connection.notifies(timeout=0.1, stop_after=1))


def _identify(connection: psycopg.Connection, user_id: str) -> None:
    connection.execute("SELECT set_config('app.user_id', %s, true)", [user_id])


def _claim(connection: psycopg.Connection, user_id: str) -> list[tuple[Any, ...]]:
    with connection.transaction():
        _identify(connection, user_id)
        claim = "SELECT id, attempts FROM webtest.claim_messages('analysis_agent_001', %s, %s)"
        return connection.execute(claim, [BATCH, LEASE]).fetchall()


def _nothing_is_left(connection: psycopg.Connection, user_id: str) -> bool:
    with connection.transaction():
        _identify(connection, user_id)
        return connection.execute(LEFT).fetchone() == (0,)


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], "HOLD" in sys.argv[3:])
