"""footing report: the DBA's questions, one a file in sql/reports."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg.rows import dict_row

from ops.commands.page import cell, html
from runner import session as sessions
from runner.commands.common import reads
from runner.errors import Exit, RunnerError
from runner.output import Output, count
from runner.session import Options

_LINE = re.compile(r"^-- (Question|Read|Do):\s+(.*(?:\n--   .*)*)", re.MULTILINE)
# A report must not join a queue of locks, nor run for ever, where it is meant to find out why others do.
_LIMITS = b"SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '60s'"


@click.command()
@reads
@click.argument("names", nargs=-1, metavar="[NAME]... | all")
@click.option("--watch", metavar="SECONDS", type=click.FloatRange(min=0.1), help="Ask again so often.")
@click.option(
    "--html", "page", metavar="FILE", type=click.Path(dir_okay=False), help="Also write one page."
)
def report(
    options: Options, output: Output, names: tuple[str, ...], watch: float | None, page: str
) -> None:
    """Answer a DBA's question with a table, or list the questions. Reads only.

    Without a NAME it lists them. Each is a file of sql/reports, which also runs in psql; it says how to
    read the answer and what to do, and a login that is in monitoring alone may ask it. --html writes one
    self-contained page; --watch asks until it is interrupted.

    \b
    Example:
      footing report
      footing report locks --watch 2
      footing report all --html report.html

    Exit codes: 0 answered, 2 no such report, 6 one could not be answered, 8 no connection.
    """
    files = {path.stem: path for path in sorted(options.beside("reports").glob("*.sql"))}
    if not names:
        asked = {name: _header(path)["Question"] for name, path in files.items()}
        output.table(("REPORT", "QUESTION"), asked.items())
        return output.finish(reports={name: {"question": text} for name, text in asked.items()})
    unknown = [name for name in names if name not in (*files, "all")]
    if unknown:
        raise RunnerError.usage(f"no report is called {unknown[0]}", f"there is: all, {', '.join(files)}")
    chosen = {name: path for name, path in files.items() if name in names or "all" in names}
    while True:
        _once(options, output, chosen, page)
        if watch is None:
            return None
        time.sleep(watch)
        if sys.stdout.isatty() and not options.as_json:
            click.clear()


def _once(options: Options, output: Output, chosen: dict[str, Path], page: str | None) -> None:
    answers: dict[str, dict[str, Any]] = {}
    with sessions.looking(options, "report", output) as connection:
        connection.execute(_LIMITS)
        for name, path in chosen.items():
            answers[name] = _answer(connection, path)
            _print(output, answers[name])
    if page:
        Path(page).write_text(html(answers, output.facts["database_name"]), encoding="utf-8")
    failed = [name for name, answer in answers.items() if "error" in answer]
    if failed:
        text = f"{count(len(failed), 'report')} could not be answered: {', '.join(failed)}"
        raise RunnerError(Exit.SQL, "report", text, answers[failed[0]]["hint"], reports=answers)
    output.finish(reports=answers)


def _header(path: Path) -> dict[str, str]:
    said = _LINE.findall(path.read_text(encoding="utf-8"))
    return {key: re.sub(r"\s*\n--\s+", " ", text) for key, text in said}


def _answer(connection: psycopg.Connection, path: Path) -> dict[str, Any]:
    """Return a report's header, columns and rows; or its error, which leaves the others answerable."""
    answer: dict[str, Any] = {key.lower(): text for key, text in _header(path).items()}
    try:
        with connection.transaction():
            cursor = connection.cursor(row_factory=dict_row).execute(path.read_bytes())
            columns = [column.name for column in cursor.description or ()]
            answer["rows"] = cursor.fetchall()
    except psycopg.Error as error:
        migrate = error.sqlstate in ("3F000", "42883", "42P01") and "extensions" not in str(error)
        hint = "apply the migrations first: footing migrate" if migrate else error.diag.message_hint or ""
        return answer | {"error": error.diag.message_primary or str(error), "hint": hint}
    return answer | {"columns": columns}


def _print(output: Output, answer: dict[str, Any]) -> None:
    output.line(answer["question"], bold=True)
    if "error" in answer:
        return output.line(f"  could not be answered: {answer['error']}\n", fg="red")
    if answer["rows"]:
        header = tuple(name.upper() for name in answer["columns"])
        output.table(header, (tuple(map(cell, row.values())) for row in answer["rows"]))
    else:
        output.line("  nothing")
    return output.line(f"  read: {answer['read']}\n  do:   {answer['do']}\n")
