"""Writes docs/commands.md from the commands' own help (`make generate`)."""

from __future__ import annotations

from collections.abc import Iterator

import click

from runner.cli import cli
from runner.settings import CHECKOUT

PAGE = CHECKOUT / "docs" / "commands.md"
_INTRODUCTION = """\
# Commands

Generated from the commands' own help by `make generate`; do not edit. `footing` is installed with the
package; in a checkout `make` runs the same as `.venv/bin/python -m runner`.

## JSON

Every command takes `--json` and then prints one JSON document on standard output and nothing else there;
notices and waiting go to standard error. The fields below are stable: fields may be added, none changes its
meaning.

| field | in | meaning |
|---|---|---|
| `command`, `ok`, `exit_code` | all | which command, whether it did its work, the exit code of the process |
| `database`, `database_name` | all that connect | where, as a URI without its password; the database's name |
| `error.code`, `error.message`, `error.hint` | failures | a stable word, a sentence, the next step |
| `error.problems[]` | exit 4 | `kind` (changed, missing, renamed, out_of_order, unchecked), `id`, `message`, `hint` |
| `error.differences[]` | exit 4, adopt, verify | one line for each object that is not as recorded |
| `error.file`, `.line`, `.column`, `.sqlstate`, `.server_message`, `.server_detail`, `.server_hint`, `.server_context` | exit 6 | what the server refused, and where |
| `error.blockers[]` | exit 5 | `pid`, `application`, `user`, `state`, `transaction_age`, `query` |
| `error.holder` | exit 5 | who holds the migration lock: `pid`, `application`, `host`, `user`, `state`, `since` |
| `applied[]` / `rolled_back[]` / `redone[]` | migrate / rollback / redo | `id`, `milliseconds` |
| `pending`, `partitions[]` | migrate | how many are left (`--to`); partitions made ahead |
| `would_apply[]`, `dry_run` | migrate --dry-run | ids |
| `plan[]` | rollback, redo | `id`, `loses` (as declared), `rows` (by declared item, now) |
| `migrations[]`, `applied`, `pending` | status | `id`, `folder`, `state`, `applied_at` (UTC) |
| `pending[]` | plan | `id`, `file`, `transactional`, `locks`, with `--sql` also `sql[]` |
| `files`, `applied`, `objects`, `problems[]` | verify | how many files, how many of them applied, how many objects (null where none are recorded), nothing when all agree |
| `views` (also `error.views`) | refresh | by view: `outcome` (refreshed, skipped, failed), `seconds`, `error` |
| `sizes` | refresh | of how many tables the size of the day was recorded; null where views were named, or it could not be |
| `reports` (also `error.reports`) | report | by report: `question`; asked, also `read`, `do`, `columns[]`, `rows[]` (objects), or `error` and `hint` |
| `state`, `milliseconds`, `checks` | health | the worst state; how long it took; by check `state` (ok, warn, unknown, fail), `value`, `limit`, `unit`, `detail`. It prints its document with and without `--json` |
| `done`, `failed`, `blocked`, `notes` (also in `error`) | maintain | how much of each kind: rows for delete and prune, else statements; why, by target; what only a person can mend |
| `skipped`, `steps[]`, `dry_run` | maintain | another run is at it; --dry-run: `kind`, `target`, `statement`, `why`, `timeout` (ms) |
| `id`, `files[]` | new | what was made |
| `adopted[]`, `to` | adopt | ids |
| `url`, `stopped`, `deleted` | db start, url / stop / reset | what happened |
"""


def sections() -> Iterator[str]:
    """Yield the page's parts: the introduction, the program, and each command."""
    yield _INTRODUCTION
    context = click.Context(cli, info_name="footing", terminal_width=100, max_content_width=100)
    yield _section("footing", cli.get_help(context))
    yield from _commands(cli, context, "footing")


def _commands(group: click.Group, context: click.Context, path: str) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(
            command, info_name=name, parent=context, terminal_width=100, max_content_width=100
        )
        yield _section(f"{path} {name}", command.get_help(inner))
        if isinstance(command, click.Group):
            yield from _commands(command, inner, f"{path} {name}")


def _section(title: str, text: str) -> str:
    body = "\n".join(line.rstrip() for line in text.splitlines())
    return f"## {title}\n\n```text\n{body}\n```\n"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where the committed page is stale.")
def main(check: bool) -> None:
    """Write docs/commands.md, or check that it is current.

    \b
    Example:
      python -m tools.document_commands --check
    """
    text = "\n".join(sections())
    if not check:
        PAGE.write_text(text, encoding="utf-8")
        click.echo(f"wrote {PAGE.relative_to(CHECKOUT)}")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        raise click.ClickException(f"{PAGE.name} is stale: run make generate and commit it")


if __name__ == "__main__":
    main()
