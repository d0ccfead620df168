"""Eight worker processes share 10,000 messages, and one of them is killed in the middle of its work."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.footing import ROOT
from tests.support.webtest import agents
from tests.webtest.conftest import Bench
from tests.webtest.queue_worker import BATCH, HOLDS_AT

WORKERS, MESSAGES, PATIENCE = 8, 10_000, 120


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The bench with the messages, and a table for what was done."""
    agents(bench, bench.apollo)
    bench.db.admin.execute("CREATE SCHEMA effects")
    bench.db.admin.execute("CREATE TABLE effects.done (message_id bigint, attempt integer)")
    bench.db.admin.execute("GRANT USAGE ON SCHEMA effects TO authenticated_users")
    bench.db.admin.execute("GRANT INSERT ON effects.done TO authenticated_users")
    bench.run(
        "editor",
        "INSERT INTO webtest.agent_messages (sender_id, receiver_id, message_type, payload)"
        " SELECT 'generation_agent_001', 'analysis_agent_001', 'm', to_jsonb(n)"
        " FROM generate_series(1, %s) AS n",
        MESSAGES,
    )
    return bench


@contextlib.contextmanager
def _worker(bench: Bench, *hold: str) -> Iterator[subprocess.Popen[str]]:
    """Start a worker as the products' login; it never outlives the test."""
    command = [
        sys.executable,
        "-m",
        "tests.webtest.queue_worker",
        bench.db.url("test_app"),
        str(bench.editor),
    ]
    with subprocess.Popen(
        [*command, *hold], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def test_no_message_is_lost_and_none_is_done_twice_when_a_worker_is_killed(bench: Bench) -> None:
    with contextlib.ExitStack() as stack:
        victim = stack.enter_context(_worker(bench, "HOLD"))
        others = [stack.enter_context(_worker(bench)) for _ in range(WORKERS - 1)]

        held = [int(number) for number in victim.stdout.readline().split()]
        waiting = bench.value("SELECT count(*) FROM webtest.agent_messages WHERE status = 'sent'")
        victim.kill()  # SIGKILL, an effect written and not committed
        ended = [worker.wait(PATIENCE) for worker in others]

    states = dict(
        bench.db.admin.execute(
            "SELECT status, count(*)::int FROM webtest.agent_messages GROUP BY 1"
        ).fetchall()
    )
    assert ended == [0] * (WORKERS - 1)
    assert len(held) == BATCH - HOLDS_AT[1]
    assert waiting > 0, "the queue was empty before the worker was killed"
    assert states == {"processed": MESSAGES}
    once = "SELECT count(*) = %s AND count(DISTINCT message_id) = %s FROM effects.done"
    assert bench.value(once, MESSAGES, MESSAGES)
    # what was done is what the last recorded attempt did, and what the victim held is a later attempt's
    contradictions = (
        "SELECT count(*) FROM webtest.agent_messages AS m JOIN effects.done AS d ON d.message_id = m.id"
        " WHERE d.attempt <> m.attempts OR m.processed_at IS NULL"
    )
    assert bench.value(contradictions) == 0
    retried = "SELECT min(attempts) >= 2 FROM webtest.agent_messages WHERE id = ANY (%s)"
    assert bench.value(retried, held)
