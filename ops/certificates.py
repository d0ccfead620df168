"""Makes a certificate authority and a server certificate with openssl, for a stack of one's own.

    python3 -m ops.certificates DIRECTORY HOST...

writes ca.crt, server.crt and server.key, unless they are there and last another week. A site with an
authority of its own needs nothing of this.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

DAYS = "30"  # enough to try things; what lasts longer comes from a real authority


class CertificateError(Exception):
    """What openssl said, or that it is not there."""


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


def lasts(certificate: Path) -> bool:
    """Tell whether a certificate is there and good for another week."""
    asked = ["openssl", "x509", "-checkend", str(7 * 86400), "-noout", "-in", str(certificate)]
    return certificate.exists() and subprocess.run(asked, check=False, capture_output=True).returncode == 0


def _new_key(key: Path) -> list[str]:
    key.unlink(missing_ok=True)
    key.touch(mode=0o600)
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key)]


def _openssl(*arguments: str) -> None:
    try:
        done = subprocess.run(["openssl", *arguments], check=False, capture_output=True, text=True)
    except FileNotFoundError:
        raise CertificateError("openssl is not installed: apt-get install openssl") from None
    if done.returncode:
        raise CertificateError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")


def main(arguments: list[str]) -> int:
    """Make what is missing in a directory; return the exit code."""
    if len(arguments) < 2:  # noqa: PLR2004 (a directory and a host)
        print(__doc__, file=sys.stderr)
        return 2
    folder, hosts = Path(arguments[0]), arguments[1:]
    try:
        if not lasts(folder / "server.crt"):
            issue(make_authority(folder), folder, "server", hosts)
    except (CertificateError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
