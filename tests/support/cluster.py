"""Makes the data directory of a test server: initdb, settings, who may connect."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.account import run_as_server, server_account

TEST_SETTINGS = {
    "fsync": "off",  # the tests crash processes, never the operating system
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "shared_preload_libraries": "pg_stat_statements",
    "log_statement": "ddl",
    "log_line_prefix": "%m [%p] %u@%d/%a ",
    "timezone": "UTC",
}

# The role test_scram proves that passwords work and stay secret; everybody else is trusted.
HOST_BASED_AUTHENTICATION = """\
local all all trust
host all test_scram 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
"""


def initialise(datadir: Path, bindir: Path, superuser: str, conf: Mapping[str, str]) -> None:
    """Run initdb as the servers' account and write the settings of the tests."""
    datadir.mkdir(mode=0o700)
    own(datadir)
    options = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    made = subprocess.run(
        [bindir / "initdb", "-D", datadir, "-U", superuser, *options],
        check=False,
        cwd="/",
        capture_output=True,
        text=True,
        **run_as_server(),
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
    (datadir / "pg_hba.conf").write_text(HOST_BASED_AUTHENTICATION)
    with (datadir / "postgresql.conf").open("a") as settings:
        for name, value in {**TEST_SETTINGS, **conf}.items():
            settings.write(f"{name} = '{value}'\n")


def own(path: Path) -> None:
    """Give a folder to the servers' account."""
    account = server_account()
    os.chown(path, account.pw_uid, account.pw_gid)
