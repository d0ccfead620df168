"""A server as ops/ configures one: its settings, TLS, who may connect, its logins with their passwords."""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg

from ops.certificates import Certificate, issue, make_authority
from tests.support.account import server_account
from tests.support.binaries import find_bindir, scratch_folder
from tests.support.cluster import own
from tests.support.footing import ROOT, Footing
from tests.support.require import require
from tests.support.server import Server, running_server
from tests.support.template import apply_bootstrap, migrate_with_the_runner
from tests.support.waiting import wait_until

POSTGRES = ROOT / "ops" / "postgres"
PRODUCTS = ("webtest", "atmosfera", "apex", "assistant", "copilot")
PRODUCT_LOGINS = tuple(f"{product}_app" for product in PRODUCTS)
OTHER_LOGINS = (
    *("footing_signin", "footing_reader", "footing_monitor", "footing_deploy", "footing_replication"),
    "pgbouncer_auth",
)
LOGINS = (*PRODUCT_LOGINS, *OTHER_LOGINS)
DATABASE = "footing"


def password(login: str) -> str:
    """Return the password a login has in these tests: one that a URI and a shell have to quote."""
    return f"{login}: it's a $ecret/%"


@dataclass
class Provisioned:
    """A server with Footing's configuration, and the database that its logins connect to."""

    server: Server
    folder: Path  # certificates and rendered files; the server's account reads them
    authority: Certificate | None  # None: this build of PostgreSQL has no TLS

    def url(self, login: str, secret: str | None = None, dbname: str = DATABASE, **more: str) -> str:
        """Return the URI of that login, checking the server's certificate where there is one."""
        if self.authority is not None:
            more = {"sslmode": "verify-full", "sslrootcert": str(self.authority.certificate), **more}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in more.items())
        return f"{self.server.url(dbname, login, secret or password(login))}?{query}"

    @property
    def admin_url(self) -> str:
        """The superuser's URI, by the socket."""
        return self.server.url(DATABASE, via="socket")

    def restart(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Restart the server; immediate is a crash."""
        self.close()
        self.server.restart(mode)

    def close(self) -> None:
        """Close the superuser's connection; the next use opens one."""
        if connection := self.__dict__.pop("admin", None):
            connection.close()

    @cached_property
    def admin(self) -> psycopg.Connection:
        """One superuser connection, kept: control reads and arrangement."""
        return psycopg.connect(self.admin_url, autocommit=True)

    def log(self) -> str:
        """Return what the server has logged so far, by its collector."""
        return "".join(
            path.read_text(errors="replace") for path in sorted(self.server.datadir.glob("log/*"))
        )


def has_tls(bindir: Path) -> bool:
    """Tell whether that PostgreSQL was built with TLS; the embedded wheel was not."""
    linked = subprocess.run(["ldd", bindir / "postgres"], check=False, capture_output=True, text=True)
    return "libssl" in linked.stdout


def newest_with_tls(version: int) -> tuple[int, Path]:
    """Return that version's programs, or PostgreSQL 15's where only those have TLS."""
    for candidate in (version, 15):
        bindir = find_bindir(candidate)
        if bindir is not None and has_tls(bindir):
            return candidate, bindir
    require("postgres15")
    raise AssertionError("PostgreSQL 15 was built without TLS")


def provision(
    url: str, passwords: Mapping[str, str] | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run provision.py there, with every login's password unless others are given."""
    given = {login: password(login) for login in LOGINS} if passwords is None else passwords
    named = {f"FOOTING_PASSWORD_{login.upper()}": secret for login, secret in given.items()}
    return subprocess.run(
        [sys.executable, "-m", "ops.postgres.provision", "-d", url],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **named, **env},
        cwd=ROOT,
    )


@contextlib.contextmanager
def configured_server(
    version: int, bindir: Path, size: str, tls: bool = False, **more: str
) -> Iterator[Provisioned]:
    """Run a server with that size's file; `more` are settings that come after it."""
    folder = scratch_folder("ops-")
    try:
        shutil.copytree(POSTGRES, folder / "postgres")
        lines = [f"include '{folder}/postgres/size-{size}.conf'"]
        authority = None
        if tls:
            authority = make_authority(folder)
            made = issue(authority, folder, "server", ["localhost", "127.0.0.1"])
            own(made.key)
            lines += [f"include '{folder}/postgres/tls.conf'", f"ssl_cert_file = '{made.certificate}'"]
            lines += [f"ssl_key_file = '{made.key}'", f"ssl_ca_file = '{authority.certificate}'"]
        lines += [f"{name} = '{value}'" for name, value in more.items()]
        (folder / "test.conf").write_text("\n".join(lines) + "\n")
        with running_server(version, bindir, include=str(folder / "test.conf")) as server:
            yield Provisioned(server, folder, authority)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def provisioned_server(version: int, bindir: Path, **more: str) -> Iterator[Provisioned]:
    """Run a server with pg_hba.conf, every migration and every login.

    A build without TLS gets the same lines as plain `host` ones, so that SCRAM is still proved there.
    """
    tls = has_tls(bindir)
    small = {"shared_buffers": "128MB", "min_wal_size": "80MB", **more}  # two cores, several servers
    with configured_server(version, bindir, "2gb", tls, **small) as made:
        made.server.execute(f"CREATE DATABASE {DATABASE}")
        trusted = made.server.url(DATABASE)
        apply_bootstrap(trusted)
        migrate_with_the_runner(trusted, Footing(made.folder))
        done = provision(trusted)
        assert done.returncode == 0, done.stderr
        _secure(made)
        yield made
        made.close()


def _secure(made: Provisioned) -> None:
    """Put pg_hba.conf in force, and let the tests' own account and the server's be the superuser."""
    accounts = (POSTGRES / "pg_ident.conf").read_text()
    for ours in {pwd.getpwuid(os.geteuid()).pw_name, server_account().pw_name} - {"postgres"}:
        accounts += f"superusers {ours} postgres\n"
    (made.server.datadir / "pg_ident.conf").write_text(accounts)
    rules = (POSTGRES / "pg_hba.conf").read_text()
    if made.authority is None:
        kept = [line for line in rules.splitlines() if not line.startswith("hostnossl")]
        rules = "\n".join(kept).replace("hostssl", "host   ") + "\n"
    (made.server.datadir / "pg_hba.conf").write_text(rules)
    made.admin.execute("SELECT pg_reload_conf()")
    wait_until(lambda: not _lets_in(made.server.url("postgres")), 10, "pg_hba.conf is not in force")


def _lets_in(url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2).close()
        return True
    return False
