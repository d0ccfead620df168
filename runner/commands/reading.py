"""footing status, footing plan, footing verify: they read, and take no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from runner import migrate as work
from runner.commands.common import reads
from runner.errors import Exit, RunnerError
from runner.output import Output, count
from runner.session import Options, Session, reading

if TYPE_CHECKING:
    from runner.rules import Script


@click.command()
@reads
@click.option("--exit-code", is_flag=True, help="Exit 3 where migrations are pending.")
def status(options: Options, output: Output, exit_code: bool) -> None:
    """Show each migration and whether it is applied here. Reads only.

    \b
    Example:
      footing status
      footing status --exit-code --json

    Exit codes: 0 (also with migrations pending, unless --exit-code: 3), 4 files and records disagree.
    """
    with reading(options, "status", output) as session:
        rows = _states(session)
        problems = session.problems
        pending = session.pending
    output.table(("NUMBER", "NAME", "FOLDER", "APPLIED (UTC)"), map(_cells, rows))
    applied = sum(row["state"] == "applied" for row in rows)
    output.line(f"{applied} applied, {len(pending)} pending in {session.server.database}")
    if problems:
        raise RunnerError.drift(problems)
    code = Exit.PENDING if exit_code and pending else Exit.OK
    output.answer(code, migrations=rows, applied=applied, pending=len(pending))


@click.command()
@reads
@click.option("--to", "up_to", metavar="N", type=int, help="Only up to this number.")
@click.option("--sql", "as_sql", is_flag=True, help="Print exactly what will be executed.")
@click.option("--exit-code", is_flag=True, help="Exit 3 where migrations are pending.")
def plan(options: Options, output: Output, up_to: int | None, as_sql: bool, exit_code: bool) -> None:
    """Show what migrate would apply, what it locks and why. Reads only.

    \b
    Example:
      footing plan
      footing plan --sql > review.sql

    Exit codes: 0 (with --exit-code 3 where migrations are pending), 4 files and records disagree,
    9 a file is refused.
    """
    with reading(options, "plan", output) as session:
        work.require_number(session.files, up_to)
        from runner import rules  # status never pays for it

        session.refuse_drift()
        pending = work.select(session.pending, up_to)
        scripts = rules.pairs(pending)
    for script in scripts:
        if as_sql:
            output.line("\n".join([f"-- {script.name}", *_messages(script)]))
        else:
            _describe(script, output)
    if not as_sql:
        output.line(f"{count(len(scripts), 'migration')} pending")
    code = Exit.PENDING if exit_code and scripts else Exit.OK
    output.answer(code, pending=[_planned(script, as_sql=as_sql) for script in scripts])


@click.command()
@reads
def verify(options: Options, output: Output) -> None:
    """Check the files, the records of this database, and every object in it. Reads only.

    Each file must keep the rules, each record agree with its file, and the live catalogue be the one that
    sql/catalogue.jsonl records for the migrations applied here, object by object.

    \b
    Example:
      footing verify
      footing verify --json

    Exit codes: 0 all agree, 4 files, records or objects disagree, 9 a file breaks a rule.
    """
    from runner import catalogue, rules  # status never pays for it

    with reading(options, "verify", output) as session:
        rules.pairs(session.files)
        session.refuse_drift()
        pending = set(session.pending)
        applied = [file for file in session.files if file not in pending]
        number = applied[-1].number if applied else 0
        recorded = options.root / catalogue.FILE
        expected = catalogue.recorded(recorded, number) if recorded.exists() else None
        if expected is not None and applied:
            hint = "put each back as the files have it, or write a migration that makes it so"
            catalogue.require(session.connection, expected, number, hint)
    output.line(f"{count(len(session.files), 'file')} in order; {len(applied)} applied, each as recorded")
    if expected is None:
        output.warn(f"the objects were not compared: there is no {recorded}")
    elif applied:
        output.line(f"{count(len(expected), 'object')} in {session.server.database}, each as recorded")
    objects = expected and len(expected)
    output.finish(files=len(session.files), applied=len(applied), objects=objects, problems=[])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """Return a row of the table; what is neither applied nor pending stands out."""
    number, _, name = row["id"].partition("_")
    state = {"applied": "", "pending": "pending"}.get(row["state"], row["state"].upper())
    return number, name, row["folder"] or "-", row["applied_at"] or state


def _states(session: Session) -> list[dict[str, Any]]:
    """Return a row for each file and for each record without one, by number."""
    known = {record.id: record for record in session.records}
    wrong = {problem.id: problem.kind for problem in session.problems}
    folders = {file.id: file.folder for file in session.files}
    rows = []
    for identity in sorted({*known, *folders}, key=lambda name: (name.partition("_")[0].zfill(9), name)):
        record = known.get(identity)
        state = wrong.get(identity) or (record.state if record else "pending")
        at = record.applied_at if record and state == "applied" else None
        when = f"{at:%Y-%m-%d %H:%M:%S}" if at else None
        rows.append({"id": identity, "folder": folders.get(identity), "state": state, "applied_at": when})
    return rows


def _describe(script: Script, output: Output) -> None:
    output.line(f"  ↑ {script.file.id}", bold=True)
    for key in ("What", "Locks", "Data"):
        if script.header.get(key):
            output.line(f"      {key + ':':6} {script.header[key]}")


def _planned(script: Script, *, as_sql: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "id": script.file.id,
        "file": script.name,
        "transactional": script.transactional,
        "locks": script.header.get("Locks"),
    }
    return facts | ({"sql": _messages(script)} if as_sql else {})


def _messages(script: Script) -> list[str]:
    """Return the messages the server will be sent for a script, in order."""
    from runner import concurrent  # imports yoyo, for --sql only
    from runner import script as scripts

    if not script.transactional:
        return list(concurrent.messages(script))
    return [scripts.opening(script), script.text, scripts.closing(script)]
