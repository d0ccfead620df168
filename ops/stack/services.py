"""The services of a stack: how each is made, started and known to be ready."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote

import psycopg

from ops.pgbouncer.render import render_all
from ops.render import RenderError, render, write
from ops.stack.processes import Processes, StackError
from ops.stack.state import CHECKOUT, OPS, State, find, program, run

DATABASE = "footing"
SUPERUSER = "postgres"


def postgres(state: State, processes: Processes, port: int) -> str:
    """Make the cluster, start it, migrate, provision; return the superuser's URI."""
    data, sockets = state.directory("postgres"), state.socket_folder()
    if not (data / "PG_VERSION").exists():
        made: list[str | Path] = [
            program("initdb", "postgresql"),
            "-D",
            data,
            "-U",
            SUPERUSER,
            "--auth=peer",
        ]
        options = ["--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        run([*made, *options], cwd="/", **state.run_as)
        with (data / "postgresql.conf").open("a") as file:
            file.write("\ninclude 'stack.conf'  # written at each start by ops/stack\n")
    if processes.running("postgres") is None:
        _configure(state, data, sockets, port)
    processes.start("postgres", [program("postgres", "postgresql"), "-D", data], **state.run_as)
    folder = quote(str(sockets), safe="")
    url = f"postgresql:///{{}}?host={folder}&port={port}&user={SUPERUSER}"
    processes.wait("postgres", lambda: _answers(url.format("postgres")))
    _fill(state, url.format(DATABASE), url.format("postgres"))
    return url.format(DATABASE)


def _configure(state: State, data: Path, sockets: Path, port: int) -> None:
    """Write what ops/postgres says, and what belongs to this machine."""
    authority, made = state.certificates()
    for path in (OPS / "postgres").glob("*.conf"):
        state.own(Path(shutil.copy(path, data / path.name)))
    ours = pwd.getpwuid(os.geteuid()).pw_name
    with (data / "pg_ident.conf").open("a") as file:  # peer: our own account may be the superuser here
        file.write(f'superusers  "{ours}"  {SUPERUSER}\n')
    lines = ["include 'size-2gb.conf'", "include 'tls.conf'"]
    archive = os.environ.get("FOOTING_ARCHIVE_COMMAND")
    if archive:
        text = render((OPS / "postgres" / "archive.conf.template").read_text(), os.environ)
        write(data / "archive.conf", text)
        state.own(data / "archive.conf")
        lines.append("include 'archive.conf'")
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": '"' + str(sockets).replace('"', '""') + '"',
        "ssl_cert_file": str(made.certificate),
        "ssl_key_file": str(made.key),
        "ssl_ca_file": str(authority),
    }
    lines += [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    write(data / "stack.conf", "\n".join(lines) + "\n")
    state.own(data / "stack.conf")


def _fill(state: State, url: str, maintenance: str) -> None:
    """Create the database, migrate it, and give every login its password."""
    with psycopg.connect(maintenance, autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    path = f"{program('psql', 'postgresql-client').parent}:{os.environ.get('PATH', '')}"
    environment = {"PATH": path, "HOME": os.environ.get("HOME", "/"), "DATABASE_URL": url}
    run([sys.executable, "-m", "runner", "migrate"], cwd=CHECKOUT, env=environment)
    provision = [sys.executable, "-m", "ops.postgres.provision", "-q", "-d", url]
    run(provision, cwd=CHECKOUT, env={**environment, **state.secrets()})


def pgbouncer(state: State, processes: Processes, port: int, server_port: int) -> None:
    """Render the pooler's files and start it."""
    folder = state.directory("pgbouncer")
    authority, made = state.certificates()
    environment = {
        **{name: value for name, value in os.environ.items() if name.startswith("FOOTING_POOL_")},
        **state.secrets(),
        "FOOTING_POOL_SERVER_PORT": str(server_port),
        "FOOTING_POOL_SERVER_CA": str(authority),
        "FOOTING_POOL_CLIENT_CERT": str(made.certificate),
        "FOOTING_POOL_CLIENT_KEY": str(made.key),
        "FOOTING_POOL_LISTEN_PORT": str(port),
        "FOOTING_POOL_LOG": str(processes.log("pgbouncer")),
        "FOOTING_POOL_PIDFILE": str(folder / "pgbouncer.pid"),
    }
    if processes.running("pgbouncer") is None:
        try:
            render_all(environment, folder)
        except RenderError as error:
            raise StackError(str(error)) from None
        for path in folder.iterdir():
            state.own(path)
        processes.log("pgbouncer").touch(mode=0o600)
        state.own(processes.log("pgbouncer"))
    start: list[str | Path] = [program("pgbouncer", "pgbouncer"), "-q", folder / "pgbouncer.ini"]
    processes.start("pgbouncer", start, **state.run_as)
    processes.wait("pgbouncer", lambda: _listens(port))


def pool_exporter(state: State, processes: Processes, port: int, pooler_port: int) -> None:
    """Start the pooler's own exporter."""
    authority, _ = state.certificates()
    command: list[str | Path] = [sys.executable, "-m", "ops.pgbouncer.exporter"]
    environment = {
        "PYTHONPATH": str(CHECKOUT),
        "POOLER_STATS_PASSWORD": state.secrets()["POOLER_STATS_PASSWORD"],
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(authority),
    }
    processes.start(
        "pool_exporter",
        [*command, "--listen", f"127.0.0.1:{port}", "--port", str(pooler_port)],
        env=environment,
    )
    processes.wait("pool_exporter", lambda: serves(port, "metrics"))


def exporter(state: State, processes: Processes, port: int, server_port: int) -> bool:
    """Start postgres_exporter where it is installed; tell whether it is."""
    found = find("prometheus-postgres-exporter") or find("postgres_exporter")
    if found is None:
        return False
    authority, _ = state.certificates()
    queries = shutil.copy(OPS / "prometheus" / "postgres_exporter.yml", state.folder / "queries.yml")
    options = [
        f"--web.listen-address=127.0.0.1:{port}",
        f"--extend.query-path={state.own(Path(queries))}",
        "--disable-default-metrics",  # they differ between versions; ours come from ops.metric_…
        "--disable-settings-metrics",
    ]
    environment = {  # apart, since it writes the address into its log
        "DATA_SOURCE_NAME": f"postgresql://footing_monitor@127.0.0.1:{server_port}/{DATABASE}",
        "PGPASSWORD": state.secrets()["FOOTING_PASSWORD_FOOTING_MONITOR"],
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(authority),
    }
    processes.start("exporter", [found, *options], env=environment, **state.run_as)
    processes.wait("exporter", lambda: serves(port, "metrics"))
    return True


def node_exporter(state: State, processes: Processes, port: int) -> bool:
    """Start node_exporter where it is installed, for what `make backup/check` writes; tell if it is."""
    found = find("prometheus-node-exporter") or find("node_exporter")
    if found is None:
        return False
    options = [
        "--collector.disable-defaults",  # of the machine, other dashboards tell
        "--collector.textfile",
        f"--collector.textfile.directory={state.directory('metrics')}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    processes.start("node_exporter", [found, *options], **state.run_as)
    processes.wait("node_exporter", lambda: serves(port, "metrics"))
    return True


def prometheus(state: State, processes: Processes, ports: dict[str, int], every: int = 15) -> bool:
    """Start Prometheus where it is installed, with the rules of ops/prometheus; tell whether it is.

    It scrapes every so many seconds; what the rules record of 5 minutes is of 20 scrapes.
    """
    found = find("prometheus")
    if found is None:
        return False
    folder = state.directory("prometheus")
    rules = (OPS / "prometheus" / "alerts.yml").read_text().replace("[5m]", f"[{20 * every}s]")
    write(folder / "alerts.yml", rules)
    state.own(folder / "alerts.yml")
    lines = [f"global: {{scrape_interval: {every}s, evaluation_interval: {every}s}}"]
    lines += ["rule_files: ['alerts.yml']"]
    lines += ["scrape_configs:"]
    jobs = {"footing": "exporter", "footing_pool": "pool_exporter", "node": "node_exporter"}
    for job, service in jobs.items():
        if processes.running(service) is None:
            continue
        lines += [f"  - job_name: {job}", "    static_configs:"]
        lines += [f"      - targets: ['127.0.0.1:{ports[service]}']"]
    write(folder / "prometheus.yml", "\n".join(lines) + "\n")
    state.own(folder / "prometheus.yml")
    command: list[str | Path] = [
        found, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
    ]  # fmt: skip
    processes.start("prometheus", command, **state.run_as)
    processes.wait("prometheus", lambda: serves(ports["prometheus"], "-/ready"))
    return True


def _answers(url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2).close()
        return True
    return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def serves(port: int, path: str) -> bool:
    """Tell whether that page can be had: listening alone is not yet being ready, nor staying alive."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10).close()
    except OSError:
        return False
    return True
