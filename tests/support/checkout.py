"""A copy of what a newcomer's checkout holds, to start embedded servers in without touching ours."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.account import RunAs
from tests.support.footing import ROOT, scrubbed_environment

WORKED_WITH = ("runner", "tools", "ops", "sql", "Makefile", "pyproject.toml", "README.md")
SITE_PACKAGES = next(Path(path) for path in sys.path if path.endswith("site-packages"))
NOT_NEEDED = ("mypy*", "ruff*", "pip*", "setuptools*", "pytest*", "_pytest*", "pygments*")


@dataclass
class Checkout:
    """A copy of the repository, and who works in it: we, or an ordinary account."""

    folder: Path
    python: str
    packages: Path
    account: RunAs

    def run(self, *args: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run the runner in the copy, with no database named."""
        return subprocess.run(
            [self.python, "-m", "runner", *args],
            cwd=self.folder,
            env=self.environment(),
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            input=input or "",
            **self.account,
        )

    def popen(self, *args: str) -> subprocess.Popen[str]:
        """Start the runner in the copy and leave it running."""
        return subprocess.Popen(
            [self.python, "-m", "runner", *args],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **self.account,
        )

    def environment(self) -> Mapping[str, str]:
        """Name no database, and the copy's own modules."""
        paths = f"{self.folder}:{self.packages}"
        return {**scrubbed_environment(self.folder), "PYTHONPATH": paths}


def our_checkout(folder: Path) -> Checkout:
    """Copy the repository for ourselves."""
    return Checkout(_copied(folder), sys.executable, SITE_PACKAGES, {})


def checkout_of(name: str, folder: Path, python: str) -> Checkout:
    """Copy the repository and the packages for another account, which needs root."""
    account = pwd.getpwnam(name)
    packages = folder.parent / "packages"
    shutil.copytree(SITE_PACKAGES, packages, ignore=shutil.ignore_patterns(*NOT_NEEDED))
    copy = _copied(folder)
    for path in (copy, *copy.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid)
    subprocess.run(["chmod", "-R", "a+rX", packages], check=True)
    as_account: RunAs = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return Checkout(copy, python, packages, as_account)


def _copied(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in WORKED_WITH:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder)
    return folder
