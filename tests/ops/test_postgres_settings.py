"""ops/postgres/*.conf: each size starts, and each line of it is in force."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest

from tests.conftest import server_version
from tests.support.binaries import scratch_folder
from tests.support.cluster import own
from tests.support.footing import ROOT
from tests.support.operations import POSTGRES, Provisioned, configured_server
from tests.support.server import Server
from tests.support.waiting import wait_until

MEMORY = {"2gb": 2, "8gb": 8, "32gb": 32}  # GB
LINE = re.compile(r"^(?P<name>[a-z_.]+) = '?(?P<value>[^'#]*?)'?\s*(?:#.*)?$")


def _settings(size: str) -> dict[str, str]:
    """Return what a size's file says, and what it includes."""
    text = (POSTGRES / "footing.conf").read_text() + (POSTGRES / f"size-{size}.conf").read_text()
    return {found["name"]: found["value"] for line in text.splitlines() if (found := LINE.match(line))}


def _available() -> float:
    """Return this machine's free memory in GB."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30


@pytest.mark.parametrize("size", MEMORY)
def test_each_size_starts_and_every_line_of_it_is_in_force(size: str, server_bindir: Path) -> None:
    wanted = _settings(size)
    # Only shared memory is taken at the start: where the machine has too little, less is asked for.
    scaled = {} if _available() > MEMORY[size] / 2 else {"shared_buffers": "128MB"}

    with (
        configured_server(server_version(), server_bindir, size, **scaled) as made,
        psycopg.connect(made.server.url("postgres")) as connection,
    ):
        told = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in wanted}
        wrong = connection.execute("SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL")
        assert wrong.fetchall() == []

    expected = {**wanted, **scaled}
    differing = {
        name: (expected[name], told[name])
        for name in wanted
        if _plain(told[name]) != _plain(expected[name])
    }
    assert len(wanted) > 50, "the files were not read"
    assert differing == {}


def _plain(value: str) -> str:
    """Return a value without what is only spelling."""
    value = {"1min": "60s", "2.0": "2", "1h": "60min"}.get(value, value)
    return value.removesuffix(".0")


def test_a_size_fits_its_memory_with_the_pool_at_its_worst() -> None:
    for size, gigabytes in MEMORY.items():
        said = {
            name: _megabytes(value) for name, value in _settings(size).items() if value[-2:] in ("MB", "GB")
        }
        workers = int(_settings(size)["autovacuum_max_workers"])

        worst = said["shared_buffers"] + 25 * 2 * said["work_mem"] + workers * said["autovacuum_work_mem"]

        assert worst < gigabytes * 1024 * 0.75, f"{size}: {worst} MB"
        assert said["shared_buffers"] == gigabytes * 256, f"{size}: not a quarter"


def _megabytes(value: str) -> int:
    return int(value[:-2]) * {"MB": 1, "GB": 1024}[value[-2:]]


def test_no_line_is_written_in_the_syntax_of_sql() -> None:
    for path in POSTGRES.glob("*.conf*"):
        if path.name in ("pg_hba.conf", "pg_ident.conf"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            is_setting = LINE.match(line) and ";" not in line.partition("#")[0]
            assert is_setting or not line or line.startswith(("#", "include ")), (
                f"{path.name}:{number}: {line}"
            )


def test_the_log_shows_what_is_slow_waits_and_connects_and_never_a_secret(provisioned: Provisioned) -> None:
    made = provisioned
    with psycopg.connect(made.url("webtest_app"), autocommit=True) as app:
        app.execute("SELECT 'slow one', pg_sleep(1.01), %s", ["a bound value"])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("ALTER ROLE apex_app PASSWORD 'clear text, refused'")
    made.admin.execute("CREATE ROLE passing PASSWORD 'clear text, accepted'")
    made.admin.execute("DROP ROLE passing")
    with (
        psycopg.connect(made.url("footing_deploy")) as one,
        psycopg.connect(made.url("footing_deploy")) as two,
    ):
        for session in (one, two):
            session.execute("SET ROLE footing_owner")
            session.execute("SET lock_timeout = '1.2s'")
        one.execute("LOCK TABLE core.projects")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            two.execute("LOCK TABLE core.projects")

    log = made.log()
    statements = str(made.admin.execute("SELECT query FROM extensions.pg_stat_statements").fetchall())
    for expected in (
        "slow one",
        "connection authorized: user=webtest_app",
        "disconnection: ",
        "still waiting",
    ):
        assert expected in log, expected
    assert re.search(r"webtest_app@footing \S+ 127.0.0.1 42501 -?\d+ ERROR:  permission denied", log)
    for secret in ("clear text", "a bound value", "SCRAM-SHA-256$"):
        assert secret not in log, secret
        assert secret not in statements, secret
    assert "pg_sleep" in statements  # the control: statements are kept
    modes = {oct(path.stat().st_mode & 0o777) for path in made.server.datadir.glob("log/*")}
    assert modes == {"0o640"}


def _render(target: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.render", POSTGRES / "archive.conf.template", target],
        check=False,
        capture_output=True,
        text=True,
        env=env,
        cwd=ROOT,
    )


def test_archiving_is_rendered_from_the_environment_and_archives(
    make_server: Callable[..., Server],
) -> None:
    folder = scratch_folder("archive-")
    rendered, archive = folder / "archive.conf", folder / "wal of a day"
    archive.mkdir()
    command = f"test ! -f '{archive}/%f' && cp '%p' '{archive}/%f'"
    try:
        missing = _render(rendered, {})
        two_lines = _render(rendered, {"FOOTING_ARCHIVE_COMMAND": "true\nfsync = off"})
        done = _render(rendered, {"FOOTING_ARCHIVE_COMMAND": command})
        own(archive)
        own(rendered)

        server = make_server(include=str(rendered))
        server.execute("CREATE TABLE written AS SELECT 1")
        server.execute("SELECT pg_switch_wal()")

        wait_until(lambda: any(archive.iterdir()), 10, "nothing was archived")
        with psycopg.connect(server.url("postgres")) as connection:
            assert connection.execute("SHOW archive_command").fetchone() == (command,)
            assert connection.execute("SHOW archive_timeout").fetchone() == ("1min",)
        assert (missing.returncode, two_lines.returncode, done.returncode) == (1, 1, 0)
        assert "FOOTING_ARCHIVE_COMMAND is not set" in missing.stderr
        assert rendered.stat().st_mode & 0o777 == 0o600
        assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    finally:
        shutil.rmtree(folder)
