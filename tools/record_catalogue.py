"""Writes sql/catalogue.jsonl: what each migration adds, changes and drops (`make generate`).

Applies the files one by one in a scratch database and notes the difference in the catalogue after each.
`footing adopt` and `footing verify` compare live databases with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg

from runner import catalogue, files
from runner.output import Output, count
from runner.session import Options, resolve
from runner.settings import CHECKOUT, Target
from tools.scratch import scratch


def entries(connection: psycopg.Connection, migrate: list[str], numbers: list[int]) -> Iterator[str]:
    """Apply each number and yield a JSON line for each object that it changed."""
    before: dict[str, str] = catalogue.live(connection)
    for number in _with_progress(numbers):
        subprocess.run([*migrate, "--to", str(number)], check=True, stdout=subprocess.DEVNULL, cwd=CHECKOUT)
        after = catalogue.live(connection)
        changed = (name for name in sorted({*before, *after}) if before.get(name) != after.get(name))
        for name in changed:
            yield json.dumps({"at": number, "object": name, "is": after.get(name)}, ensure_ascii=False)
        before = after


def _with_progress(numbers: list[int]) -> Iterator[int]:
    label = f"recording {count(len(numbers), 'migration')}"
    with click.progressbar(numbers, label=label, file=sys.stderr) as steps:
        yield from steps


def record(target: Target, root: Path) -> str:
    """Return the text of catalogue.jsonl for the files under root, using a scratch database of `target`."""
    with scratch(target, "catalogue") as databases:
        made = databases.create("files")
        footing = [sys.executable, "-m", "runner"]
        bootstrap = [*footing, "bootstrap", "-d", made.conninfo()]
        subprocess.run(bootstrap, check=True, stdout=subprocess.DEVNULL, cwd=CHECKOUT)
        migrate = [*footing, "migrate", "-d", made.conninfo(), "--source", str(root)]
        numbers = [file.number for file in files.find(root)]
        with psycopg.connect(made.conninfo(), autocommit=True) as connection:
            connection.execute("SET search_path = pg_catalog")
            return "".join(f"{line}\n" for line in entries(connection, migrate, numbers))


@click.command()
@click.option("-d", "--database", metavar="CONNINFO", help="A server to make a scratch database on.")
@click.option("--source", metavar="DIR", help="Folder with migrations/, views/ and indexes/.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where the committed file is stale.")
def main(database: str | None, source: str | None, check: bool) -> None:
    """Write catalogue.jsonl beside the migrations, or check that it is current.

    \b
    Example:
      python -m tools.record_catalogue --check
    """
    options = Options(database, source)
    path = options.root / catalogue.FILE
    text = record(resolve(options, Output("catalogue", as_json=False)), options.root)
    if not check:
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {path}")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        raise click.ClickException(f"{path} is stale: run make generate and commit it")


if __name__ == "__main__":
    main()
