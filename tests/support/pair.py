"""A primary and its standby, set up as docs/replication.md says, by the commands it has."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.binaries import scratch_folder
from tests.support.cluster import own
from tests.support.documented import blocks, run_block
from tests.support.footing import ROOT
from tests.support.operations import Provisioned, password, provisioned_server
from tests.support.server import Server
from tests.support.waiting import free_port, wait_until

PAGE = ROOT / "docs" / "replication.md"
STREAMS = "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND application_name = %s"


@dataclass
class Member:
    """One server of the pair, by its name."""

    name: str
    at: Provisioned

    @property
    def server(self) -> Server:
        """The server itself."""
        return self.at.server

    def start(self) -> None:
        """Start it, with its own addresses in postgresql.conf, which may have come from the other."""
        self.at.close()
        lines = {
            "port": str(self.server.port),
            "unix_socket_directories": str(self.server.socket_dir),
            "include": str(self.server.folder / "replication.conf"),
        }
        with (self.server.datadir / "postgresql.conf").open("a") as settings:
            settings.write("".join(f"{name} = '{value}'\n" for name, value in lines.items()))
        self.server.start()

    def value(self, query: str) -> object:
        """Return one value, as the superuser."""
        row = self.at.admin.execute(query.encode()).fetchone()
        return row[0] if row else None

    def stop(self, mode: str = "fast") -> None:
        """Stop it; immediate is a crash."""
        self.at.close()
        self.server.stop(mode)  # type: ignore[arg-type]


@dataclass
class Pair:
    """Two servers, the first of which was made first, and is the primary at first."""

    first: Member
    second: Member

    def other(self, member: Member) -> Member:
        """Return the one of the two that is not this one."""
        return self.second if member is self.first else self.first

    def url(self, login: str) -> str:
        """Return a URI with the hosts of both, the second before the first."""
        here, there = (f"127.0.0.1:{m.server.port}" for m in (self.first, self.second))
        return self.first.at.url(login).replace(here, f"{there},{here}")

    def render(self, member: Member, **more: str) -> None:
        """Write a server's replication.conf, with ops.render."""
        authority = self.first.at.authority
        environment = {
            "PATH": os.environ["PATH"],
            "FOOTING_SERVER": member.name,
            "FOOTING_SERVERS": "127.0.0.1,127.0.0.1",
            "FOOTING_PORTS": f"{self.first.server.port},{self.second.server.port}",
            "FOOTING_REPLICATION_PASSFILE": str(self.passfile),
            "FOOTING_REPLICATION_TLS": "verify-full" if authority else "disable",
            "FOOTING_REPLICATION_CA": str(authority.certificate) if authority else "",
            **more,
        }
        template = ROOT / "ops" / "postgres" / "replication.conf.template"
        target = member.server.folder / "replication.conf"
        command = [sys.executable, "-m", "ops.render", template, target]
        subprocess.run(command, check=True, env=environment, cwd=ROOT)
        own(target)

    @property
    def passfile(self) -> Path:
        """The password of footing_replication."""
        return self.first.at.folder / "replication.pgpass"

    def document(self, heading: str, member: Member, block: int = 0) -> str:
        """Run a block of docs/replication.md on that server."""
        server, authority = member.server, self.first.at.authority
        tls = f"sslmode=verify-full sslrootcert={authority.certificate}" if authority else "sslmode=disable"
        environment = {
            "PGDATA": str(server.datadir),
            "SERVER": member.name,
            "OTHER": self.other(member).name,
            "PRIMARY": f"host=127.0.0.1,127.0.0.1 port={self.first.server.port},{self.second.server.port}"
            f" user=footing_replication dbname=footing target_session_attrs=primary {tls}",
            "PGHOST": str(server.socket_dir),
            "PGPORT": str(server.port),
            "PGUSER": server.superuser,
            "PGPASSFILE": str(self.passfile),
        }
        return run_block(blocks(PAGE)[heading][block], server.bindir, environment)

    def wait_until_follows(self, follower: Member) -> None:
        """Return once that server streams from the other, and has replayed what there is."""
        leader = self.other(follower)
        wait_until(
            lambda: leader.at.admin.execute(STREAMS, [follower.name]).fetchone() is not None,
            30,
            lambda: f"{follower.name} does not follow: {follower.at.log()[-2000:]}",
        )
        self.wait_until_replayed(follower)

    def wait_until_replayed(self, follower: Member) -> None:
        """Return once that server has replayed what the other has written by now."""
        written = self.other(follower).value("SELECT pg_current_wal_insert_lsn()")
        caught_up = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        wait_until(lambda: follower.value(caught_up) is True, 30, "it does not catch up")


@contextlib.contextmanager
def running_pair(version: int, bindir: Path) -> Iterator[Pair]:
    """Run a primary, make its standby, and yield both once the standby streams."""
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(provisioned_server(version, bindir, full_page_writes="on"))
        folder = scratch_folder("standby-", data=True)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = Server(version, bindir, folder, free_port())
        pair = Pair(Member("db1", made), Member("db2", replace(made, server=server)))
        escaped = password("footing_replication").replace(":", "\\:")
        pair.passfile.write_text(f"*:*:*:footing_replication:{escaped}\n")
        pair.passfile.chmod(0o600)
        for path in (pair.passfile, folder):
            own(path)
        for member in (pair.first, pair.second):
            pair.render(member)
        pair.first.stop()
        pair.first.start()
        server.socket_dir.mkdir()
        own(server.socket_dir)
        pair.document("A standby is made", pair.second)
        stack.callback(pair.second.stop, "immediate")
        pair.second.start()
        pair.wait_until_follows(pair.second)
        yield pair
