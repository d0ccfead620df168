"""Runs provision.sql with psql, giving it SCRAM verifiers for the passwords of the environment.

    FOOTING_PASSWORD_WEBTEST_APP=… python3 ops/postgres/provision.py -d footing

A password never leaves this program: it takes FOOTING_PASSWORD_<LOGIN> from the environment and gives
psql, again through the environment, the verifier that the server stores. A login without a variable
keeps the password it has. Arguments are psql's. Standard library only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PREFIX = "FOOTING_PASSWORD_"
SCRIPT = Path(__file__).with_name("provision.sql")
ITERATIONS = 4096  # PostgreSQL's own; its strength comes from the password, which should be random
SHORTEST = 12


class PasswordError(Exception):
    """Why a password is not taken."""


def verifier(password: str, salt: bytes | None = None, iterations: int = ITERATIONS) -> str:
    """Return what PostgreSQL stores for a password (RFC 5803): from it the password can't be read."""
    if not (password.isascii() and password.isprintable()):
        # beyond ASCII, clients differ in how they prepare a password (SASLprep)
        raise PasswordError("has characters outside printable ASCII")
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    parts = (salt, hashlib.sha256(client_key).digest(), server_key)
    encoded = [base64.b64encode(part).decode() for part in parts]
    return f"SCRAM-SHA-256${iterations}:{encoded[0]}${encoded[1]}:{encoded[2]}"


def verifiers(environment: Mapping[str, str]) -> dict[str, str]:
    """Return a verifier for each login that has a password in the environment.

    Raises PasswordError, which names the variable and never the password.
    """
    made = {}
    for name, password in environment.items():
        if not name.startswith(PREFIX):
            continue
        if len(password) < SHORTEST:
            raise PasswordError(f"{name} is shorter than {SHORTEST} characters")
        try:
            made[name.removeprefix(PREFIX).lower()] = verifier(password)
        except PasswordError as error:
            raise PasswordError(f"{name} {error}") from None
    return made


def main(arguments: list[str]) -> int:
    """Run psql; return its exit code."""
    try:
        made = verifiers(os.environ)
    except PasswordError as error:
        print(error, file=sys.stderr)
        return 2
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment["FOOTING_VERIFIERS"] = json.dumps(made)
    done = subprocess.run(["psql", "-X", "-f", SCRIPT, *arguments], check=False, env=environment)
    if done.returncode == 0:
        print("provisioned; passwords set for: " + (", ".join(sorted(made)) or "no login"))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
