"""Runs provision.sql with psql, giving it SCRAM verifiers for the passwords of the environment.

    FOOTING_PASSWORD_WEBTEST_APP=… python3 -m ops.postgres.provision -d footing

A password never leaves this program: it takes FOOTING_PASSWORD_<LOGIN> from the environment and gives
psql, again through the environment, the verifier that the server stores. A login without a variable
keeps the password it has. Arguments are psql's. Standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ops.scram import verifier

PREFIX = "FOOTING_PASSWORD_"
SCRIPT = Path(__file__).with_name("provision.sql")
SHORTEST = 12


def verifiers(environment: Mapping[str, str]) -> dict[str, str]:
    """Return a verifier for each login that has a password in the environment.

    Raises ValueError, which names the variable and never the password.
    """
    made = {}
    for name, password in environment.items():
        if not name.startswith(PREFIX):
            continue
        if len(password) < SHORTEST:
            raise ValueError(f"{name} is shorter than {SHORTEST} characters")
        try:
            made[name.removeprefix(PREFIX).lower()] = verifier(password)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
    return made


def run(arguments: list[str], environment: Mapping[str, str], psql: str = "psql") -> int:
    """Run psql in that environment, with verifiers instead of passwords; return its exit code."""
    made = verifiers(environment)
    kept = {name: value for name, value in environment.items() if not name.startswith(PREFIX)}
    kept["FOOTING_VERIFIERS"] = json.dumps(made)
    done = subprocess.run([psql, "-X", "-f", SCRIPT, *arguments], check=False, env=kept)
    if done.returncode == 0:
        print("provisioned; passwords set for: " + (", ".join(sorted(made)) or "no login"))
    return done.returncode


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:], os.environ))
    except ValueError as refused:
        print(refused, file=sys.stderr)
        sys.exit(2)
