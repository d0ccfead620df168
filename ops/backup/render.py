"""Renders pgbackrest.conf from the environment: an S3 bucket or a directory, whichever is named.

    FOOTING_BACKUP_CIPHER_KEY=… FOOTING_BACKUP_PG_DATA=/var/lib/postgresql/15/main \\
    FOOTING_BACKUP_S3_ENDPOINT=… FOOTING_BACKUP_S3_BUCKET=… FOOTING_BACKUP_S3_KEY=… \\
    FOOTING_BACKUP_S3_SECRET=… \\
        python3 -m ops.backup.render /etc/pgbackrest/pgbackrest.conf

or FOOTING_BACKUP_DIRECTORY=… instead of the four. Every FOOTING_BACKUP_… variable of the templates is
read; what has no default there must be given. Run it as the server's account: the file is replaced in one
step, readable by its owner only, and as its owner `make backup` and its kin work. Standard library only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ops.render import RenderError, render, write

HERE = Path(__file__).parent
SHORTEST = 32  # characters of a key that nobody guesses


def render_config(environment: Mapping[str, str]) -> str:
    """Return pgbackrest.conf; raise RenderError with all that is missing, contradictory or too weak."""
    given = dict(environment)
    if authority := given.get("FOOTING_BACKUP_S3_CA"):
        given["FOOTING_BACKUP_S3_AUTHORITY"] = f"repo1-storage-ca-file={authority}"
    wrong = []
    stores = [name for name in ("S3_BUCKET", "DIRECTORY") if given.get(f"FOOTING_BACKUP_{name}")]
    if len(stores) != 1:
        wrong.append("set either FOOTING_BACKUP_S3_BUCKET or FOOTING_BACKUP_DIRECTORY: where backups go")
    if 0 < len(given.get("FOOTING_BACKUP_CIPHER_KEY", "")) < SHORTEST:
        wrong.append(f"FOOTING_BACKUP_CIPHER_KEY is shorter than {SHORTEST} characters")
    parts = ["pgbackrest.conf"]
    parts += ["store-s3" if store == "S3_BUCKET" else "store-local" for store in stores]
    text = ""
    try:
        text = render("".join((HERE / f"{part}.template").read_text("utf-8") for part in parts), given)
    except RenderError as error:
        wrong.append(str(error))
    if wrong:
        raise RenderError("\n".join(wrong))
    return text


def main(arguments: list[str]) -> int:
    """Render into a file; return the exit code."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        write(Path(arguments[0]), render_config(os.environ))
    except (RenderError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
