"""make ops/up and ops/down: server, pooler and monitoring of a checkout, and nothing left behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ops.stack.processes import Processes, began
from tests.support.binaries import scratch_folder
from tests.support.checkout import Checkout, our_checkout
from tests.support.require import require as needs
from tests.support.waiting import wait_until

NAMES = ("postgres", "pgbouncer", "pool_exporter", "exporter", "node_exporter", "prometheus")


@pytest.fixture(scope="module")
def stack() -> Iterator[Checkout]:
    """A copy of the checkout; what a failed test left running in it is stopped."""
    for component in ("postgres15", "pgbouncer", "openssl", "psql"):
        needs(component)
    folder = scratch_folder("stack-", data=True)
    copy = our_checkout(folder / "it's a copy")
    yield copy
    _stack(copy, "down")
    shutil.rmtree(folder, ignore_errors=True)


def _stack(copy: Checkout, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [copy.python, "-m", "ops.stack", command],
        cwd=copy.folder,
        env=copy.environment(),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def _read(up: subprocess.CompletedProcess[str], service: str, path: str) -> str:
    """Ask a service of the stack, where `make ops/up` said that it is."""
    found = re.search(rf"^ *{service} +(http://\S+?)/(metrics)?$", up.stdout, re.MULTILINE)
    assert found, up.stdout
    with urllib.request.urlopen(f"{found[1]}{path}", timeout=20) as answer:  # noqa: S310 (http, as printed)
        return str(answer.read(), "utf-8")


def _pids(copy: Checkout) -> dict[str, int]:
    """Return the services that run, by their pid files."""
    processes = Processes(copy.folder / ".footing" / "ops")
    return {name: pid for name in NAMES if (pid := processes.running(name)) is not None}


def test_up_is_idempotent_prints_where_everything_is_and_down_stops_exactly_that(stack: Checkout) -> None:
    first = _stack(stack, "up")
    assert first.returncode == 0, first.stderr
    pids = _pids(stack)
    second = _stack(stack, "up")
    pools, status = _stack(stack, "pools"), _stack(stack, "status")
    state = stack.folder / ".footing" / "ops"
    exported = re.findall(r"^export (\w+)=(\S+)$", (state / "secrets.env").read_text(), re.MULTILINE)
    secrets = dict(exported)
    url = re.search(r"pgbouncer +(postgresql://.*)", first.stdout)
    assert url, first.stdout

    with psycopg.connect(url[1], password=secrets["FOOTING_PASSWORD_WEBTEST_APP"]) as app:
        assert app.execute("SELECT session_user, count(*) FROM test_cases").fetchone() == ("webtest_app", 0)
    if {"exporter", "prometheus"} <= set(pids):
        scraped, rules = _read(first, "exporter", "/metrics"), _read(first, "prometheus", "/api/v1/rules")
        assert "footing_partitions_months_ahead{" in scraped
        assert "footing_pool_up 1" in _read(first, "pool_exporter", "/metrics")
        assert len(json.loads(rules)["data"]["groups"]) > 3
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    reused = {"pid": bystander.pid, "began": "long ago"}  # the system gave a pid of ours to somebody else
    (state / "exporter.pid.json").unlink(missing_ok=True)
    if "exporter" in pids:
        os.kill(pids["exporter"], signal.SIGTERM)
    (state / "exporter.pid.json").write_text(json.dumps(reused))
    down = _stack(stack, "down")
    again = _stack(stack, "down")

    assert {"postgres", "pgbouncer"} <= set(pids)
    assert second.returncode == 0, second.stderr
    assert second.stdout == first.stdout
    assert _pids(stack) == {}
    assert pools.returncode == 0, pools.stderr
    assert "Connections to PostgreSQL" in pools.stdout
    assert f"postgres      runs, pid {pids['postgres']}" in status.stdout
    for secret in secrets.values():
        assert secret not in first.stdout + first.stderr
    assert (state / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert "pgbouncer, postgres" in down.stdout
    assert again.stdout == "nothing runs here\n"
    wait_until(lambda: all(began(pid) is None for pid in pids.values()), 10, "something still runs")
    assert bystander.poll() is None
    bystander.communicate(b"\n")


@pytest.mark.parametrize("waits_for", ["postgres", "pgbouncer"])
def test_an_interrupted_up_leaves_nothing_behind(waits_for: str, stack: Checkout) -> None:
    _stack(stack, "down")
    up = subprocess.Popen(
        [stack.python, "-m", "ops.stack", "up"],
        cwd=stack.folder,
        env=stack.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    seen: dict[str, int] = {}

    def has_started() -> bool:
        seen.update(_pids(stack))
        return waits_for in seen or up.poll() is not None

    wait_until(has_started, 60, "it never started")
    up.send_signal(signal.SIGINT)
    _, said = up.communicate(timeout=60)

    assert up.returncode == 130, said
    assert waits_for in seen
    assert _pids(stack) == {}
    assert all(began(pid) is None for pid in seen.values())


def test_what_is_not_installed_is_said_with_what_to_install(tmp_path: Path) -> None:
    from ops.stack.processes import StackError
    from ops.stack.state import program

    with pytest.raises(StackError, match="apt-get install some-package"):
        program("no-such-program", "some-package")
