"""Makes a certificate authority and server certificates with openssl, for a stack of one's own.

A site that has an authority uses that one: nothing here is needed then.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

DAYS = "30"  # enough to try things; what lasts longer comes from a real authority


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


def make_authority(folder: Path, name: str = "ca") -> Certificate:
    """Make a self-signed authority in that folder."""
    made = Certificate(folder / f"{name}.crt", folder / f"{name}.key")
    _openssl(
        "req", "-x509", *_new_key(made.key), "-days", DAYS, "-subj", f"/CN=Footing {name}",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", str(made.certificate),
    )  # fmt: skip
    return made


def issue(authority: Certificate, folder: Path, name: str, hosts: list[str]) -> Certificate:
    """Make a key, and a certificate for these host names and addresses."""
    made = Certificate(folder / f"{name}.crt", folder / f"{name}.key")
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    _openssl("req", *_new_key(made.key), "-subj", f"/CN={hosts[0]}", "-out", str(request))
    names = ",".join(f"{'IP' if host[0].isdigit() else 'DNS'}:{host}" for host in hosts)
    extensions.write_text(f"subjectAltName={names}\n")
    _openssl(
        "x509", "-req", "-in", str(request), "-days", DAYS, "-extfile", str(extensions),
        "-CA", str(authority.certificate), "-CAkey", str(authority.key), "-CAcreateserial",
        "-out", str(made.certificate),
    )  # fmt: skip
    request.unlink()
    extensions.unlink()
    return made


def _new_key(key: Path) -> list[str]:
    key.touch(mode=0o600)
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key)]


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")
