"""Renders pgbouncer.ini and userlist.txt into a directory, from the environment.

    POOLER_AUTH_PASSWORD=… POOLER_ADMIN_PASSWORD=… POOLER_STATS_PASSWORD=… \\
    FOOTING_POOL_SERVER_CA=… FOOTING_POOL_CLIENT_CERT=… FOOTING_POOL_CLIENT_KEY=… \\
        python3 -m ops.pgbouncer.render /etc/pgbouncer

Both files are replaced in one step each and readable by their owner only. Every FOOTING_POOL_… variable
of pgbouncer.ini.template is read; what has no default there must be given. Standard library only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ops.render import RenderError, render, write
from ops.scram import verifier

TEMPLATE = Path(__file__).with_name("pgbouncer.ini.template")
POOLED_LOGINS = 6  # the five products and the sign-in service
PREPARED_SINCE = (1, 22)  # before, DISCARD ALL confused what it had prepared


def render_all(environment: Mapping[str, str], directory: Path) -> None:
    """Write both files; raise RenderError with all that is missing or contradictory, writing neither."""
    given = {"FOOTING_POOL_DIRECTORY": str(directory), **environment}
    if _version(given) >= PREPARED_SINCE:
        given["FOOTING_POOL_PREPARED"] = "max_prepared_statements = 200"
    wrong = [*_missing_files(given), *_too_many(given)]
    text = userlist = ""
    try:
        text = render(TEMPLATE.read_text(encoding="utf-8"), given)
    except RenderError as error:
        wrong.append(str(error))
    try:
        userlist = _userlist(given)
    except RenderError as error:
        wrong.append(str(error))
    if wrong:
        raise RenderError("\n".join(wrong))
    write(directory / "userlist.txt", userlist)
    write(directory / "pgbouncer.ini", text)


def _userlist(environment: Mapping[str, str]) -> str:
    """Return auth_file: the look-up's password, which must log in, and verifiers of the console's users."""
    wrong, secrets = [], {}
    for purpose in ("AUTH", "ADMIN", "STATS"):
        name = f"POOLER_{purpose}_PASSWORD"
        secrets[purpose] = environment.get(name, "")
        if not secrets[purpose]:
            wrong.append(f"{name} is not set")
        elif not (secrets[purpose].isascii() and secrets[purpose].isprintable()):
            wrong.append(f"{name} has characters beyond printable ASCII")
    if wrong:
        raise RenderError("\n".join(wrong))
    escaped = secrets["AUTH"].replace('"', '""')
    return (
        f'"pgbouncer_auth" "{escaped}"\n'
        f'"pgbouncer_admin" "{verifier(secrets["ADMIN"])}"\n'
        f'"pgbouncer_stats" "{verifier(secrets["STATS"])}"\n'
    )


def _missing_files(environment: Mapping[str, str]) -> list[str]:
    """Return which TLS files are not named although TLS is on."""
    needed = []
    if environment.get("FOOTING_POOL_CLIENT_TLS", "require") != "disable":
        needed += ["FOOTING_POOL_CLIENT_CERT", "FOOTING_POOL_CLIENT_KEY"]
    if environment.get("FOOTING_POOL_SERVER_TLS", "verify-full") in ("verify-ca", "verify-full"):
        needed += ["FOOTING_POOL_SERVER_CA"]
    return [f"{name} is not set: TLS needs it" for name in needed if not environment.get(name)]


def _too_many(environment: Mapping[str, str]) -> list[str]:
    """Return why the pools do not fit the connections there are."""
    try:
        size = int(environment.get("FOOTING_POOL_SIZE") or 4)
        total = int(environment.get("FOOTING_POOL_CONNECTIONS") or 25)
    except ValueError:
        return ["FOOTING_POOL_SIZE and FOOTING_POOL_CONNECTIONS must be numbers"]
    if size * POOLED_LOGINS + 1 > total:
        return [
            f"FOOTING_POOL_SIZE={size}: {POOLED_LOGINS} logins and the look-up need "
            f"{size * POOLED_LOGINS + 1} connections, FOOTING_POOL_CONNECTIONS is {total}"
        ]
    return []


def _version(environment: Mapping[str, str]) -> tuple[int, ...]:
    """Return PgBouncer's version: FOOTING_POOL_VERSION, or what the program here prints."""
    said = environment.get("FOOTING_POOL_VERSION", "")
    program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not said and program:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (1, 18)


def main(arguments: list[str]) -> int:
    """Render into a directory; return the exit code."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        render_all(os.environ, Path(arguments[0]).resolve())
    except (RenderError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
