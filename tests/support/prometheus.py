"""Exporters and a Prometheus of the tests' own, on the rules of ops/prometheus, without their waits."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.stack.services import serves
from tests.support.footing import ROOT
from tests.support.waiting import free_port, wait_until

FOLDER = ROOT / "ops" / "prometheus"
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass
class Prometheus:
    """A running Prometheus, asked over HTTP."""

    port: int

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the samples of an instant query."""
        data: list[dict[str, Any]] = self._get("query?" + urllib.parse.urlencode({"query": expression}))[
            "result"
        ]
        return data

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire now."""
        return {sample["metric"]["alertname"] for sample in self.query('ALERTS{alertstate="firing"}')}

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]


@contextlib.contextmanager
def exporting(url: str) -> Iterator[int]:
    """Run postgres_exporter as ops/prometheus/postgres_exporter.yml says, and yield its port."""
    port = free_port()
    command = ["prometheus-postgres-exporter", "--disable-default-metrics", "--disable-settings-metrics"]
    command += [
        "--no-collector.database",
        "--no-collector.bgwriter",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    command += [f"--extend.query-path={FOLDER / 'postgres_exporter.yml'}"]
    environment = {"PATH": "/usr/bin:/bin", "DATA_SOURCE_NAME": f"{url}?sslmode=disable"}
    with _running(command, port, environment):
        yield port


@contextlib.contextmanager
def exporting_sql(url: str, folder: Path) -> Iterator[int]:
    """Run sql_exporter on ops/prometheus/sql_exporter.yml with this connection, and yield its port."""
    port = free_port()
    config = (FOLDER / "sql_exporter.yml").read_text().replace("interval: 15s", "interval: 1s")
    connection = url.replace("postgresql://", "postgres://") + "?sslmode=disable"
    config, replaced = re.subn(r"postgres://\S+", connection, config)
    assert replaced == 1
    (folder / "sql.yml").write_text(config)
    listen = f"-web.listen-address=127.0.0.1:{port}"
    with _running(["prometheus-sql-exporter", "-config.file", folder / "sql.yml", listen], port, {}):
        yield port


@contextlib.contextmanager
def exporting_pool(pooler_port: int, **environment: str) -> Iterator[int]:
    """Run the pooler's exporter, with POOLER_STATS_PASSWORD and more in its environment; yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "ops.pgbouncer.exporter", "--listen", f"127.0.0.1:{port}"]
    with _running([*command, "--port", str(pooler_port)], port, {"PYTHONPATH": str(ROOT), **environment}):
        yield port


@contextlib.contextmanager
def exporting_files(folder: Path) -> Iterator[int]:
    """Run node_exporter for the .prom files of that folder alone, and yield its port."""
    port = free_port()
    options = [f"--collector.textfile.directory={folder}", f"--web.listen-address=127.0.0.1:{port}"]
    command = ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile", *options]
    with _running(command, port, {}):
        yield port


@contextlib.contextmanager
def scraping(folder: Path, ports: dict[str, int]) -> Iterator[Prometheus]:
    """Run Prometheus on the committed rules, every `for` and every interval cut to nothing."""
    port = free_port()
    rules = re.sub(r"^ +for: .*\n", "", (FOLDER / "alerts.yml").read_text(), flags=re.MULTILINE)
    (folder / "alerts.yml").write_text(rules)
    config = (FOLDER / "prometheus.yml").read_text().replace("15s", "1s")
    config = config.replace("['db.example.org:9187']", f"['127.0.0.1:{ports['footing']}']")
    if "footing_pool" in ports:
        config = config.replace("['pool.example.org:9127']", f"['127.0.0.1:{ports['footing_pool']}']")
    if "node" in ports:
        config = config.replace("['db.example.org:9100']", f"['127.0.0.1:{ports['node']}']")
    if "footing_sql" in ports:
        config = config.replace(
            "static_configs: []", f"static_configs: [{{targets: ['127.0.0.1:{ports['footing_sql']}']}}]"
        )
    (folder / "prometheus.yml").write_text(config)
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with _running([*command, f"--storage.tsdb.path={folder / 'tsdb'}"], port, {}):
        prometheus = Prometheus(port)
        wait_until(lambda: _answers(prometheus), 30, "Prometheus does not answer")
        yield prometheus


def _answers(prometheus: Prometheus) -> bool:
    with contextlib.suppress(urllib.error.URLError, OSError):
        return bool(prometheus.query("footing_server_up_seconds"))
    return False


@contextlib.contextmanager
def _running(command: list[Any], port: int, environment: dict[str, str]) -> Iterator[None]:
    program = shutil.which(command[0]) or command[0]
    process = subprocess.Popen([program, *command[1:]], env=environment, cwd="/", **QUIET)
    try:
        wait_until(lambda: serves(port, "metrics"), 20, f"{command[0]} does not listen")
        yield
    finally:
        process.kill()
        process.wait()
