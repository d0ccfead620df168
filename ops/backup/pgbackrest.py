"""Runs pgBackRest as the account whose configuration it is, and says what went wrong in words."""

from __future__ import annotations

import configparser
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STANZA = "footing"
CONFIG = Path("/etc/pgbackrest/pgbackrest.conf")  # or PGBACKREST_CONFIG, pgBackRest's own variable

# What pgBackRest prints → what it means and the next step. The first that is found decides.
_MEANINGS = (
    (
        r"key/value found outside of section|cipher header invalid|unable to flush",
        "the repository is encrypted by another key",
        "give the key it was made with: FOOTING_BACKUP_CIPHER_KEY, and render the configuration again",
    ),
    (
        r"HostConnectError|unable to connect to '[^']*:\d+|unable to get address|Connection refused",
        "the store does not answer",
        "look at the store, and at FOOTING_BACKUP_S3_ENDPOINT and _PORT; WAL waits in pg_wal meanwhile",
    ),
    (
        r"unable to verify certificate|certificate verify failed|CA certificate|unable to find hostname",
        "the store's certificate is not trusted",
        "name its authority by FOOTING_BACKUP_S3_CA, and the store by its name, not by an address",
    ),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|403 \(Forbidden\)",
        "the store refuses the access key",
        "mend FOOTING_BACKUP_S3_KEY and _SECRET, and what that key may do in the bucket",
    ),
    (r"NoSuchBucket", "the store has no such bucket", "mend FOOTING_BACKUP_S3_BUCKET, or make the bucket"),
    (
        r"missing stanza|has a stanza-create been performed|no backup set found|no valid backups",
        "there is no backup in the repository",
        "if it is the right one: pgbackrest --stanza=footing stanza-create once, then make backup",
    ),
    (
        r"unable to find primary cluster|DbConnectError",
        "the server does not answer",
        "start it, or mend FOOTING_BACKUP_PG_PORT, _PG_SOCKET and _PG_USER",
    ),
    (
        r"WAL segment \S+ was not archived|archive_mode must be enabled|archive_command '.*' must contain",
        "WAL does not reach the archive",
        "run the archive_command by hand as the server's account; docs/alerts.md, FootingArchiverFails",
    ),
    (
        r"unable to acquire lock",
        "another backup is at work",
        "wait for it: make backup/list says when the last one ended",
    ),
)


class BackupError(Exception):
    """What went wrong, what to do next, and what pgBackRest itself said."""

    def __init__(self, message: str, hint: str, said: str = "") -> None:
        """Keep the three apart: a person reads the first two first."""
        super().__init__(message)
        self.hint = hint
        self.said = said


@dataclass(frozen=True)
class Backup:
    """One backup in the repository."""

    label: str
    kind: str  # full, diff or incr
    started: datetime
    stopped: datetime  # from this moment on it can be recovered from
    size: int  # bytes of the cluster
    stored: int  # bytes that this backup added to the repository
    broken_pages: bool  # a page did not agree with its checksum while it was read


def config() -> Path:
    """Return the configuration in use; raise BackupError where there is none."""
    path = Path(os.environ.get("PGBACKREST_CONFIG") or CONFIG)
    if not os.access(path, os.R_OK):
        reason = "may not be read by this account" if path.exists() else "is not there"
        hint = "render it as the server's account: python3 -m ops.backup.render; docs/backups.md"
        raise BackupError(f"{path} {reason}", hint)
    return path


def account() -> pwd.struct_passwd | None:
    """Return the owner of the configuration where we are root, who may be anybody; otherwise None."""
    return pwd.getpwuid(config().stat().st_uid) if os.geteuid() == 0 else None


def run_as() -> dict[str, Any]:
    """Return what makes subprocess start a program as that account: PostgreSQL refuses root."""
    who = account()
    return {} if who is None else {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def run(*arguments: str, progress: bool = False) -> str:
    """Run a command of pgBackRest and return what it printed; with progress, print that as it comes.

    Raises BackupError where it fails. Warnings go to standard error.
    """
    program = shutil.which("pgbackrest")
    if program is None:
        raise BackupError("pgbackrest is not installed", "apt-get install pgbackrest")
    given = ["--log-level-console=info", *arguments] if progress else [*arguments]
    done = subprocess.run(
        [program, f"--config={config()}", f"--stanza={STANZA}", *given], cwd="/", check=False,
        stdin=subprocess.DEVNULL, stdout=sys.stderr if progress else subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, errors="replace", **run_as(),
    )  # fmt: skip
    if done.returncode:
        raise failed(f"pgbackrest {arguments[-1]}", done.stderr)
    if done.stderr.strip():
        print(done.stderr.strip(), file=sys.stderr)
    return done.stdout or ""


def failed(what: str, said: str) -> BackupError:
    """Return the error for what pgBackRest printed, without the bytes that a wrong key makes of a file."""
    kept = "\n".join(line for line in said.splitlines() if "outside of section" not in line)
    for pattern, message, hint in _MEANINGS:
        if re.search(pattern, said):
            return BackupError(message, hint, kept)
    return BackupError(f"{what} failed", "what it said is above; its log has more", kept)


def backups() -> list[Backup]:
    """Return the backups, oldest first; raise BackupError where they can't be read or there is none."""
    said = run("--output=json", "info")
    try:  # not strict: with a wrong key, control characters that it deciphered are in the JSON
        stanza = json.loads(said or "[]", strict=False)
    except ValueError:
        raise failed("pgbackrest info", said) from None
    status = stanza[0]["status"] if stanza else {"code": 1, "message": "missing stanza path"}
    if status["code"]:
        told = [str(repo["status"]["message"]) for repo in stanza[0].get("repo", ())] if stanza else []
        raise failed("pgbackrest info", "\n".join([str(status["message"]), *told]))
    return [
        Backup(
            label=found["label"],
            kind=found["type"],
            started=datetime.fromtimestamp(found["timestamp"]["start"], UTC),
            stopped=datetime.fromtimestamp(found["timestamp"]["stop"], UTC),
            size=found["info"]["size"],
            stored=found["info"]["repository"]["delta"],
            broken_pages=bool(found.get("error")),
        )
        for found in stanza[0]["backup"]
    ]


def manifest(label: str) -> str:
    """Return what a backup was made of and with which options, as pgBackRest wrote it down."""
    return run("repo-get", f"backup/{STANZA}/{label}/backup.manifest")


def option(name: str) -> str:
    """Return a setting of the stanza in the configuration."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read(config(), encoding="utf-8")
    return parser.get(STANZA, name)
