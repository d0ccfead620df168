"""What Prometheus is told of the pooler: its clients, its queue, and that it is gone."""

import re
import urllib.request

import psycopg

from tests.support.pooling import CONSOLE, Pooler
from tests.support.prometheus import exporting_pool
from tests.support.waiting import wait_until


def _scrape(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def test_clients_connections_and_the_queue_are_counted_and_a_pause_is_seen(pooler: Pooler) -> None:
    certificate = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(pooler.folder / "ca.crt")}
    with exporting_pool(pooler.port, POOLER_STATS_PASSWORD=CONSOLE["stats"], **certificate) as port:
        of = '{database="footing",login="webtest_app"'
        with psycopg.connect(pooler.url("webtest_app"), prepare_threshold=None) as client:
            client.execute("SELECT")
            working = _scrape(port)
        waiter = psycopg.connect(pooler.url("webtest_app"), autocommit=True, prepare_threshold=None)
        pooler.console("admin", "PAUSE footing")
        paused = _scrape(port)
        waiter.pgconn.send_query(b"SELECT")
        waiting = f'footing_pool_clients{of},state="waiting"}}'
        wait_until(lambda: _scrape(port)[waiting] == 1, 10, "nobody stands in the queue")
        queue = _scrape(port)
        pooler.console("admin", "RESUME footing")
        waiter.close()

    assert working["footing_pool_up"] == 1
    assert working[f'footing_pool_clients{of},state="active"}}'] == 1
    assert working[f'footing_pool_connections{of},state="in_use"}}'] == 1
    assert working['footing_pool_limit{database="footing"}'] == 25
    assert working['footing_pool_transactions_total{database="footing"}'] > 0
    assert [one['footing_pool_paused{database="footing"}'] for one in (working, paused)] == [0, 1]
    assert queue[f"footing_pool_wait_seconds{of}}}"] > 0
    assert not [name for name in working if re.search(r'database="pgbouncer"', name)]


def test_a_pooler_that_does_not_answer_is_down_and_the_exporter_says_so(pooler: Pooler) -> None:
    with exporting_pool(pooler.port, POOLER_STATS_PASSWORD="wrong") as port:  # noqa: S106 (so is it)
        assert _scrape(port) == {"footing_pool_up": 0}
