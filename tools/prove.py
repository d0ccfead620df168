"""Proves that every migration's rollback is its reverse, with rows in the tables (`make prove`)."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial

import click

from runner import files
from runner.errors import RunnerError
from runner.output import count, elapsed
from runner.settings import sql_root
from tests.support.server import Server
from tools.proof.bench import running, scratch
from tools.proof.round_trip import ROWS, RoundTrip
from tools.proof.rows import NoRow


def problems(rows: int, *, dumps: bool) -> list[str]:
    """Return what is wrong, migration by migration; stop at the first that does not run."""
    found: list[str] = []
    migrations = files.find(sql_root(None))
    with running() as server, scratch(server) as bench:
        proof = RoundTrip(bench, rows, partial(dump, server) if dumps else None)
        label = f"proving {count(len(migrations), 'migration')} on PostgreSQL {server.version}"
        with click.progressbar(migrations, label=label, file=sys.stderr, width=30,
                               item_show_func=lambda file: file.id if file else "") as steps:  # fmt: skip
            for file in steps:
                try:
                    found += proof.prove(file)
                    if proof.broken:
                        return found
                except RunnerError as error:
                    return [*found, f"{error.message}\n    → {error.hint}"]
                except NoRow as error:
                    return [*found, f"after {file.name}: {error}"]
        try:
            found += proof.all_the_way_down(migrations)
        except RunnerError as error:
            found.append(f"all the way down: {error.message}")
    return found


def dump(server: Server) -> list[str]:
    """Return pg_dump's statements; \\restrict and its like are different every time."""
    command = [str(server.bindir / "pg_dump"), "--schema-only", server.url("proof")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line for line in printed.splitlines() if not line.startswith("\\")]


@click.command()
@click.option("--rows", default=ROWS, show_default=True, help="How many rows each table has.")
@click.option("--dumps", is_flag=True, help="Compare pg_dump's output too, as a second opinion.")
def main(rows: int, dumps: bool) -> None:
    """Take every migration up, down and up again in a scratch database, and compare what is there.

    \b
    Example:
      python -m tools.prove
      python -m tools.prove --dumps
      FOOTING_TEST_POSTGRES=15 python -m tools.prove

    Nothing of yours is touched: the server is made for this and removed. Exit codes: 0 proven, 1 not.
    """
    began = time.monotonic()
    if found := problems(rows, dumps=dumps):
        raise click.ClickException(f"{count(len(found), 'problem')}\n\n" + "\n".join(found))
    click.echo(f"every rollback is the reverse of its file ({elapsed(time.monotonic() - began)})")


if __name__ == "__main__":
    main()
