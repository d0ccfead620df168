"""Writes sql/schema.sql and docs/schema/ from the catalogue that the migrations make (`make generate`)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click
import psycopg

from runner import files
from runner.output import count
from runner.settings import CHECKOUT, sql_root
from tools.proof.bench import running, scratch
from tools.schema import model
from tools.schema.pages import pages
from tools.schema.snapshot import Snapshot
from tools.schema.source import Source

SNAPSHOT = Path("sql", "schema.sql")
PAGES = Path("docs", "schema")


def written(connection: psycopg.Connection[Any], root: Path) -> dict[Path, str]:
    """Return every generated file, by its path in the checkout. Reads only."""
    migrations = files.find(root)
    schema, source = model.read(connection), Source(migrations)
    made = {PAGES / name: text for name, text in pages(schema, source).items()}
    return {SNAPSHOT: Snapshot(schema, source).text(migrations[-1].id), **made}


def stale(made: dict[Path, str]) -> list[str]:
    """Return the files that are missing, differ, or are there for something that is gone."""
    there = {path.relative_to(CHECKOUT) for path in (CHECKOUT / PAGES).rglob("*") if path.is_file()}
    differing = [path for path, text in made.items() if _text(CHECKOUT / path) != text]
    return sorted(str(path) for path in {*differing, *(there - made.keys())})


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where a committed file is stale.")
def main(check: bool) -> None:
    """Write sql/schema.sql and docs/schema/, or check that they are current.

    \b
    Example:
      python -m tools.document_schema --check

    The migrations are applied on a server that is made for this and removed.
    """
    root = sql_root(None)
    with running() as server, scratch(server) as bench:
        for file in files.find(root):
            bench.up(file)
        made = written(bench.admin, root)
    if check:
        if found := stale(made):
            raise click.ClickException(f"stale: {', '.join(found)}: run make generate and commit them")
        return
    shutil.rmtree(CHECKOUT / PAGES, ignore_errors=True)
    for path, text in made.items():
        (CHECKOUT / path).parent.mkdir(parents=True, exist_ok=True)
        (CHECKOUT / path).write_text(text, encoding="utf-8")
    click.echo(f"wrote {SNAPSHOT} and {count(len(made) - 1, 'file')} in {PAGES}/")


if __name__ == "__main__":
    main()
