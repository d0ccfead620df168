"""Writes scratch folders of migrations, so that a test shows only what it is about."""

import shutil
from collections.abc import Mapping
from pathlib import Path

BOOTSTRAP = Path(__file__).resolve().parents[2] / "sql" / "bootstrap.sql"
FOLDERS = ("migrations", "views", "indexes")

ROLLBACK = """\
-- Reverses {stem}.
-- Loses: nothing

SELECT 1;
"""


def write_migrations(root: Path, files: Mapping[str, str]) -> Path:
    """Write files under root exactly as given, and a rollback for each that brings none."""
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy(BOOTSTRAP, root)
    for name, text in files.items():
        path = root / name
        stem = path.name.removesuffix(".sql").removesuffix(".rollback")
        is_rollback = path.name.endswith(".rollback.sql")
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
        rollback = path.with_name(f"{stem}.rollback.sql")
        if not is_rollback and str(rollback.relative_to(root)) not in files:
            rollback.write_text(ROLLBACK.format(stem=stem))
    return root
