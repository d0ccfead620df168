"""The stack that is drawn: server, pooler, exporters, Prometheus, a follower and a backup of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ops.backup.pgbackrest import STANZA
from ops.backup.render import render_config
from ops.render import write
from ops.stack import services
from ops.stack.processes import Processes, StackError
from ops.stack.state import SERVICES, State, program, run
from runner.settings import CHECKOUT, Target

FOLDER = CHECKOUT / ".footing" / "picture"
FOLLOWER = "follower"


class Stack:
    """Server, pooler, exporter, Prometheus and a follower of this run's own."""

    def __init__(self) -> None:
        """Start them; nothing is known of an earlier run."""
        shutil.rmtree(FOLDER, ignore_errors=True)
        self._state, self._processes = State(FOLDER), Processes(FOLDER)
        self._ports = self._state.ports(set())

    def start(self) -> Target:
        """Start everything; return the superuser's way to the database."""
        state, processes, ports = self._state, self._processes, self._ports
        config = self._configure_backups()
        os.environ["FOOTING_ARCHIVE_COMMAND"] = (
            f"pgbackrest --config={config} --stanza={STANZA} archive-push %p"
        )
        url = services.postgres(state, processes, ports["postgres"])
        self._follow(url)
        self._back_up(config)
        services.pgbouncer(state, processes, ports["pgbouncer"], ports["postgres"])
        services.pool_exporter(state, processes, ports["pool_exporter"], ports["pgbouncer"])
        if not (
            services.node_exporter(state, processes, ports["node_exporter"])
            and services.exporter(state, processes, ports["exporter"], ports["postgres"])
            and services.prometheus(state, processes, ports, every=1)
        ):
            raise StackError(
                "apt-get install prometheus prometheus-postgres-exporter prometheus-node-exporter"
            )
        return Target({name: str(value) for name, value in conninfo_to_dict(url).items()}, "picture")

    def _configure_backups(self) -> Path:
        """Write pgbackrest.conf for this server and a repository beside it; return where."""
        state, folder = self._state, self._state.directory("pgbackrest")
        environment = {
            "FOOTING_BACKUP_CIPHER_KEY": secrets.token_urlsafe(32),
            "FOOTING_BACKUP_PG_DATA": str(state.directory("postgres")),
            "FOOTING_BACKUP_PG_PORT": str(self._ports["postgres"]),
            "FOOTING_BACKUP_PG_SOCKET": str(state.socket_folder()),
            "FOOTING_BACKUP_PG_USER": services.SUPERUSER,
        }
        for name in ("repository", "log", "spool", "lock"):
            kind = "DIRECTORY" if name == "repository" else name.upper()
            environment[f"FOOTING_BACKUP_{kind}"] = str(state.directory(f"pgbackrest/{name}"))
        write(folder / "pgbackrest.conf", render_config(environment))
        return state.own(folder / "pgbackrest.conf")

    def _back_up(self, config: Path) -> None:
        """Make a full backup and check it, for Prometheus to hear of."""
        stanza: list[str | Path] = [
            "pgbackrest",
            f"--config={config}",
            f"--stanza={STANZA}",
            "stanza-create",
        ]
        run(stanza, cwd="/", **self._state.run_as)
        environment = {
            **os.environ,
            "PGBACKREST_CONFIG": str(config),
            "FOOTING_BACKUP_METRICS": str(self._state.directory("metrics")),
        }
        for command in (["backup"], ["check"]):
            run([sys.executable, "-m", "ops.backup", *command], cwd=CHECKOUT, env=environment)

    def _follow(self, url: str) -> None:
        """Let the superuser's own account replicate, which the settings do not, and receive WAL."""
        with (FOLDER / "postgres" / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.write("local replication postgres peer map=superusers\n")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [FOLLOWER])
        receiver: list[str | Path] = [
            program("pg_receivewal", "postgresql-client"), "-D", self._state.directory("received"),
            "-S", FOLLOWER, "--synchronous", "-s", "1", "-d", f"{url}&application_name={FOLLOWER}",
        ]  # fmt: skip
        self._processes.start("receiver", receiver, **self._state.run_as)

    def pooled(self) -> str:
        """Return how AI-Web-Test's programs connect through the pooler."""
        authority, _ = self._state.certificates()
        return make_conninfo(
            host="127.0.0.1",
            port=self._ports["pgbouncer"],
            dbname=services.DATABASE,
            user="webtest_app",
            password=self._state.secrets()["FOOTING_PASSWORD_WEBTEST_APP"],
            sslmode="verify-full",
            sslrootcert=str(authority),
        )

    def ask(self, path: str, **asked: object) -> list[dict[str, Any]]:
        """Return the result of a query over HTTP."""
        where = f"http://127.0.0.1:{self._ports['prometheus']}/api/v1/{path}?"
        with urllib.request.urlopen(where + urllib.parse.urlencode(asked), timeout=20) as answer:  # noqa: S310 (http, ours)
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found

    def stop(self) -> None:
        """Stop them and remove the folder."""
        for name in reversed((*SERVICES, "receiver")):
            self._processes.stop(name, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        shutil.rmtree(FOLDER, ignore_errors=True)
