"""A small file system of a test's own, to fill."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support.binaries import scratch_folder
from tests.support.cluster import own


@contextlib.contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """Mount a file system in memory of that size ("2m"); it belongs to the servers' account."""
    folder = scratch_folder("disk-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "footing", folder], check=True)
    own(folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


def enlarge(folder: Path, size: str) -> None:
    """Give it more room."""
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)
