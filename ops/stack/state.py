"""What a stack keeps in .footing/ops: ports, passwords, certificates, and whose files they are."""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shlex
import shutil
import socket
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ops.certificates import Certificate, issue, lasts, make_authority
from ops.render import write
from ops.stack.processes import StackError

CHECKOUT = Path(__file__).resolve().parents[2]
OPS = CHECKOUT / "ops"
LOGINS = (
    *(f"{product}_app" for product in ("webtest", "atmosfera", "apex", "assistant", "copilot")),
    *("footing_signin", "footing_reader", "footing_monitor", "footing_deploy", "footing_replication"),
    "pgbouncer_auth",
)
SERVICES = ("postgres", "pgbouncer", "pool_exporter", "exporter", "node_exporter", "prometheus")
HOSTS = ["localhost", "127.0.0.1"]
_LONGEST_SOCKET = 90  # bytes; the system's limit is 107


class State:
    """The folder, and what is in it."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, which only its account can enter."""
        self.folder = folder
        self.account = _account()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account:
            _let_through(folder)
        self.own(folder)

    @property
    def run_as(self) -> dict[str, Any]:
        """What makes subprocess start a program as the servers' account: PostgreSQL refuses root."""
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def own(self, path: Path) -> Path:
        """Give a file or folder to the servers' account, where that is not ours."""
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        return path

    def directory(self, name: str) -> Path:
        """Return a folder in the state, made where it is missing."""
        path = self.folder / name
        path.mkdir(mode=0o700, exist_ok=True)
        return self.own(path)

    def socket_folder(self) -> Path:
        """Return where the Unix socket is; the state itself, if its path is short enough."""
        if len(os.fsencode(self.folder)) > _LONGEST_SOCKET:
            raise StackError(f"{self.folder} is too long for a Unix socket: use a shorter checkout")
        return self.directory("s")

    def ports(self, running: set[str]) -> dict[str, int]:
        """Return a port for each service: as before where it runs or the port is free, else a free one."""
        known = self.known_ports()
        ports = {
            name: known[name]
            if name in known and (name in running or _is_free(known[name]))
            else _free_port()
            for name in SERVICES
        }
        write(self.folder / "ports.json", json.dumps(ports))
        return ports

    def known_ports(self) -> dict[str, int]:
        """Return the ports as they were given last."""
        file = self.folder / "ports.json"
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def secrets(self) -> dict[str, str]:
        """Return the passwords as environment variables: random, made once, in a file of mode 0600."""
        file = self.folder / "secrets.env"
        if not file.exists():
            made = {f"FOOTING_PASSWORD_{login.upper()}": secrets.token_urlsafe(24) for login in LOGINS}
            made["POOLER_AUTH_PASSWORD"] = made["FOOTING_PASSWORD_PGBOUNCER_AUTH"]
            made |= {f"POOLER_{who}_PASSWORD": secrets.token_urlsafe(24) for who in ("ADMIN", "STATS")}
            write(file, "".join(f"export {name}={shlex.quote(value)}\n" for name, value in made.items()))
        lines = (line.removeprefix("export ").partition("=") for line in file.read_text().splitlines())
        return {name: value for name, _, value in lines}

    def certificates(self) -> tuple[Path, Certificate]:
        """Return the authority's certificate and one for this machine, made anew before they expire."""
        folder = self.directory("tls")
        made = Certificate(folder / "server.crt", folder / "server.key")
        if not lasts(made.certificate):
            made = issue(make_authority(folder), folder, "server", HOSTS)
            for path in (made.key, made.certificate, folder / "ca.crt"):
                self.own(path)
        return folder / "ca.crt", made


def _account() -> pwd.struct_passwd | None:
    """Return the account of the servers where we are root: Debian's postgres; otherwise None, for ours."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise StackError("there is no account postgres: apt-get install postgresql pgbouncer") from None


def _let_through(folder: Path) -> None:
    """Let that account pass through the folders above: search permission, nothing more."""
    for parent in folder.resolve().parents:
        found = parent.stat()
        if not found.st_mode & stat.S_IXOTH:
            print(f"  letting every account pass through {parent} (chmod o+x): the servers' account must")
            parent.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, package: str) -> Path:
    """Return a program of PATH, /usr/sbin or PostgreSQL's newest installation; raise StackError without."""
    found = find(name)
    if found is None:
        raise StackError(f"{name} is not installed: apt-get install {package}")
    return found


def find(name: str) -> Path | None:
    """Return a program, or None."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("[0-9]*/bin"),
        key=lambda path: float(path.parent.name),
        reverse=True,
    )
    places = os.pathsep.join([*map(str, versions), os.environ.get("PATH", ""), "/usr/sbin"])
    found = shutil.which(name, path=places)
    return Path(found) if found else None


def run(command: Sequence[str | Path], **more: Any) -> str:
    """Run a program to its end and return what it printed; raise StackError with that where it fails."""
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, **more
    )
    if done.returncode:
        raise StackError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}".strip())
    return str(done.stdout)
