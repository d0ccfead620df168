"""compose.yaml: valid by the specification's own schema, and wired to files that are here."""

import re
import subprocess
import sys
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.footing import ROOT

PUBLISHED = {"pgbouncer", "prometheus", "grafana"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file, read."""
    loaded: dict[str, Any] = YAML(typ="safe").load((ROOT / "compose.yaml").read_text())
    return loaded


def test_it_is_valid_by_the_schema_of_the_compose_specification() -> None:
    command = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml"]

    done = subprocess.run([sys.executable, "-m", *command], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_it_mounts_builds_and_waits_for_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert service.keys() & {"image", "build"}, name
        assert re.fullmatch(r"footing-tools|[\w./-]+:v?\d[\w.-]*", service["image"]), f"{name}: no version"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                # ops/prometheus has the rules; without them Prometheus only collects
                assert (ROOT / source).exists() or source == "./ops/prometheus", f"{name}: {source}"
            else:
                assert source in compose["volumes"], f"{name}: {source}"
        for other in service.get("depends_on", {}):
            assert other in services, f"{name}: {other}"
        for module in re.findall(r"-m (ops[\w.]+)", str(service.get("command"))):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"{name}: {module}"
    assert (ROOT / compose["x-tools"]["build"]["dockerfile"]).exists()


def test_only_pooler_prometheus_and_grafana_are_reached_and_only_from_this_machine(
    compose: dict[str, Any],
) -> None:
    published = {
        name: service["ports"] for name, service in compose["services"].items() if "ports" in service
    }

    assert set(published) == PUBLISHED
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_no_password_is_in_it_and_the_server_has_the_files_of_ops_postgres(compose: dict[str, Any]) -> None:
    text = (ROOT / "compose.yaml").read_text()
    server = (ROOT / "ops" / "compose" / "postgresql.conf").read_text()

    assert not re.search(r"(?i)password\w*\s*[:=]\s*[\"']?[a-z0-9]", text)
    for name in ("size-2gb.conf", "tls.conf", "pg_hba.conf", "pg_ident.conf"):
        assert f"/etc/footing/postgres/{name}" in server
        assert (ROOT / "ops" / "postgres" / name).exists()
    mounted = compose["services"]["postgres"]["volumes"]
    assert "./ops/postgres:/etc/footing/postgres:ro" in mounted
