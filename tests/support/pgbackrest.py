"""A PostgreSQL 15 that pgBackRest backs up, configured by ops/backup and archive.conf.template."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from ops.render import render
from tests.support.account import run_as_server
from tests.support.binaries import find_bindir, scratch_folder
from tests.support.cluster import own
from tests.support.footing import ROOT, scrubbed_environment
from tests.support.require import require
from tests.support.server import Server, running_server
from tests.support.store import Store

VERSION = 15  # pgBackRest 2.45 refuses 18
KEY = "the key of the tests' repository, which is no secret"
STANZA = "footing"


@dataclass
class BackedUp:
    """A server whose WAL is archived and which can be backed up, and where its repository is."""

    server: Server
    folder: Path  # configuration, log, spool, lock; the server's account owns it
    config: Path
    store: Mapping[str, str]  # FOOTING_BACKUP_…: where the repository is

    def environment(self, **more: str) -> dict[str, str]:
        """Return what tells pgBackRest, and `python -m ops.backup`, which configuration is meant."""
        return scrubbed_environment(self.folder, {"PGBACKREST_CONFIG": str(self.config), **more})

    def make(self, *args: str, timeout: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m ops.backup`, which is what `make backup` and its kin do."""
        return subprocess.run(
            [sys.executable, "-m", "ops.backup", *args], cwd=ROOT, env=self.environment(**env),
            check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
        )  # fmt: skip

    def pgbackrest(self, *args: str, check: bool = True, **env: str) -> str:
        """Run pgBackRest itself as the server's account and return what it printed."""
        done = subprocess.run(
            ["pgbackrest", f"--stanza={STANZA}", *args], cwd="/", env=self.environment(**env),
            check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, **run_as_server(),
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"pgbackrest {args} exited {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def backups(self) -> list[dict[str, Any]]:
        """Return what pgBackRest says of each backup, oldest first."""
        stanzas = json.loads(self.pgbackrest("info", "--output=json"))
        return list(stanzas[0]["backup"]) if stanzas else []

    def now(self) -> datetime:
        """Return the server's time: what to recover to."""
        with psycopg.connect(self.server.url("postgres")) as connection:
            row = connection.execute("SELECT clock_timestamp()").fetchone()
            assert row
            moment: datetime = row[0]
            return moment

    def archive(self) -> None:
        """Send the WAL written so far to the archive, and return once it is there."""
        self.pgbackrest("check")

    def reconfigure(self, **more: str) -> None:
        """Write the configuration anew, with these FOOTING_BACKUP_… variables besides the store's."""
        _write_config(self, more)


def bucket_of(store: Store, path: str = "/physical") -> dict[str, str]:
    """Return the FOOTING_BACKUP_… variables of a repository under that path of the store's bucket."""
    return {
        "FOOTING_BACKUP_S3_ENDPOINT": "localhost",  # 2.45 finds no address in a certificate, only names
        "FOOTING_BACKUP_S3_PORT": str(store.port),
        "FOOTING_BACKUP_S3_BUCKET": store.bucket,
        "FOOTING_BACKUP_S3_REGION": store.region,
        "FOOTING_BACKUP_S3_KEY": store.access_key,
        "FOOTING_BACKUP_S3_SECRET": store.secret_key,
        "FOOTING_BACKUP_S3_CA": str(store.authority),
        "FOOTING_BACKUP_S3_PATH": path,
    }


@contextlib.contextmanager
def backed_up_server(store: Mapping[str, str] | None = None, **conf: str) -> Iterator[BackedUp]:
    """Run a server that archives into that store; into a local directory where none is given.

    The store is a set of FOOTING_BACKUP_… variables, see bucket_of(). There is no backup yet:
    `made.make("backup")`.
    """
    require("postgres15")
    require("pgbackrest")
    bindir = find_bindir(VERSION)
    assert bindir
    folder = scratch_folder("backup-", data=True)
    own(folder)
    archiving, config = folder / "archive.conf", folder / "pgbackrest.conf"
    try:
        command = f"pgbackrest --config={config} --stanza={STANZA} archive-push %p"
        template = ROOT / "ops" / "postgres" / "archive.conf.template"
        archiving.write_text(render(template.read_text(), {"FOOTING_ARCHIVE_COMMAND": command}))
        with running_server(VERSION, bindir, include=str(archiving), **conf) as server:
            given = store or {"FOOTING_BACKUP_DIRECTORY": str(folder / "repository")}
            made = BackedUp(server, folder, config, given)
            _write_config(made, {})
            made.pgbackrest("stanza-create")
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_config(made: BackedUp, more: Mapping[str, str]) -> None:
    """Render pgbackrest.conf for that server, as its account would."""
    for name in ("log", "spool", "lock"):
        (made.folder / name).mkdir(exist_ok=True)
        own(made.folder / name)
    environment = {
        "FOOTING_BACKUP_CIPHER_KEY": KEY,
        "FOOTING_BACKUP_PG_DATA": str(made.server.datadir),
        "FOOTING_BACKUP_PG_PORT": str(made.server.port),
        "FOOTING_BACKUP_PG_SOCKET": str(made.server.socket_dir),
        "FOOTING_BACKUP_PG_USER": made.server.superuser,
        "FOOTING_BACKUP_LOG": str(made.folder / "log"),
        "FOOTING_BACKUP_SPOOL": str(made.folder / "spool"),
        "FOOTING_BACKUP_LOCK": str(made.folder / "lock"),
        "FOOTING_BACKUP_ARCHIVE_TIMEOUT": "10",
        **made.store,
        **more,
    }
    rendered = subprocess.run(
        [sys.executable, "-m", "ops.backup.render", made.config], cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert rendered.returncode == 0, rendered.stderr
    own(made.config)
