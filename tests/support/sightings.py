"""Runs a statement as somebody in both twins, and tells when the other tenant's rows make a difference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg import Connection, sql
from psycopg.pq.abc import PGresult

from tests.support.logins import MEMBERS
from tests.support.probes import Probe
from tests.support.tenants import MARK

# What is another each time, and nobody's: moments, random uuids, the numbers of rows just made.
UNSTEADY = {
    re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+\d\d(:\d\d)?)?"): "(moment)",
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-(?!0{6})[0-9a-f]{12}"): "(uuid)",
    re.compile(r"\b95000\d{4}\b"): "(next)",
}
SECRET = "hash of "  # noqa: S105  as every password_hash of the twins begins
CHANGING = {"INSERT", "UPDATE", "DELETE", "TRUNCATE", "COPY", "EXECUTE", "MERGE", "REFRESH"}
DATA_INDEPENDENT = re.compile(
    r"42501 (permission denied|must be owner)|42809|0A000 COPY FROM not supported"
)


@dataclass(frozen=True)
class Persona:
    """Somebody who tries: a name for findings, their group, and whose person they set."""

    name: str
    group: str
    person: int | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that the other tenant's rows made different."""

    persona: str
    verb: str
    object: str
    what: str
    statement: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.object} as {self.persona}: {self.what}"


@dataclass(frozen=True)
class Outcome:
    """What came of a statement: its rows or its error, the notices, and the damage."""

    result: str
    damage: tuple[str, ...] = ()
    notices: str = ""  # plans may differ in what they evaluate: these are only looked at for what is theirs


class Seat:
    """A transaction of somebody's in one twin, in which one statement after another is tried and undone."""

    def __init__(self, connection: Connection, persona: Persona, by_set_role: bool = False) -> None:
        """Begin: as the login itself, or by SET ROLE where a superuser has prepared something first."""
        self.connection = connection
        self.notices: list[str] = []
        self.last = ""
        connection.add_notice_handler(lambda notice: self.notices.append(str(notice.message_primary)))
        if by_set_role:
            role = sql.Identifier(MEMBERS[persona.group])
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
        if persona.person is not None:
            connection.execute("SELECT set_config('app.user_id', %s, true)", [str(persona.person)])
        connection.execute("SELECT set_config('statement_timeout', '20s', true)")
        connection.execute("SAVEPOINT here")

    def try_(self, probe: Probe, look_behind: bool = True) -> Outcome:
        """Run one statement, see what came of it, and undo it."""
        self.notices.clear()
        damage: tuple[str, ...] = ()
        try:
            result = self._run(probe)
            if look_behind and probe.verb.split()[0] in CHANGING and not result.startswith("0 rows"):
                look = self.connection.execute("SELECT * FROM probe.damage()")
                damage = tuple(row[0] for row in look)
        except psycopg.Error as error:
            d = error.diag
            parts = (d.sqlstate, d.message_primary, d.message_detail, d.message_hint, d.context)
            result = " ".join(part for part in parts if part)
        self.last = result
        for random, name in UNSTEADY.items():
            result = random.sub(name, result)
        self.connection.execute("ROLLBACK TO SAVEPOINT here")
        return Outcome(result, damage, "\n".join(self.notices))

    def _run(self, probe: Probe) -> str:
        with self.connection.cursor() as cursor:
            if probe.statement.startswith("COPY"):
                with cursor.copy(probe.statement.encode()) as copy:
                    if probe.copied is not None:
                        copy.write(probe.copied)
                        return ""
                    return "\n".join(sorted(bytes(line).decode() for line in copy))
            cursor.execute(probe.statement.encode())
            if cursor.description is None:
                return f"{cursor.rowcount} rows"
            rows = sorted(_texts(cursor.pgresult))
            return f"{len(rows)} rows\n" + "\n".join(rows)


def _texts(result: PGresult) -> Iterator[str]:
    """Return each row as the server wrote it."""
    for row in range(result.ntuples):
        values = (result.get_value(row, column) for column in range(result.nfields))
        yield "|".join("NULL" if value is None else value.decode() for value in values)


def judge(persona: Persona, probe: Probe, full: Outcome, bare: Outcome | None) -> Iterable[Finding]:
    """Compare what one statement came to in both twins."""

    def finding(what: str) -> Finding:
        return Finding(persona.name, probe.verb, probe.object, what, probe.statement)

    for damage in full.damage:
        yield finding(damage)
    told = f"{full.result}\n{full.notices}"
    if SECRET in told:
        yield Finding(
            persona.name,
            "SECRET",
            probe.object,
            f"shows a password's hash to {probe.verb}",
            probe.statement,
        )
    shown = {m for m in re.findall(MARK, told) if m not in probe.statement + (probe.copied or "")}
    if shown:
        yield finding(f"shows what is theirs: {excerpt(told, shown)}")
    elif bare is not None and bare.result != full.result:
        yield finding(f"depends on their rows: {first_difference(full.result, bare.result)}")


def compare(persona: Persona, full: Seat, bare: Seat, probes: Iterable[Probe]) -> list[Finding]:
    """Try each statement in both twins; return what was different.

    A refusal that comes before any row is read is the same in both, so it is asked for once.
    """
    findings: list[Finding] = []
    closed = set()
    for probe in probes:
        if probe.object in closed:
            continue
        outcome = full.try_(probe)
        refused = DATA_INDEPENDENT.match(outcome.result)
        if refused and probe.verb == "EXECUTE":
            closed.add(probe.object)
        findings += judge(persona, probe, outcome, None if refused else bare.try_(probe, look_behind=False))
    return findings


def look(persona: Persona, full: Seat, probes: Iterable[Probe]) -> list[Finding]:
    """Try each statement in the full twin only; return where something of theirs shows."""
    return [found for probe in probes for found in judge(persona, probe, full.try_(probe), None)]


def excerpt(text: str, marks: set[str]) -> str:
    """Return the line in which something of theirs shows."""
    line = next(line for line in text.splitlines() if any(mark in line for mark in marks))
    at = min(line.index(mark) for mark in marks if mark in line)
    return line[max(0, at - 60) : at + 60]


def first_difference(one: str, other: str) -> str:
    """Return the first lines that differ."""
    for left, right in zip(one.splitlines(), other.splitlines(), strict=False):
        if left != right:
            return f"{left[:150]!r} with them, {right[:150]!r} without"
    return f"{len(one.splitlines())} lines with them, {len(other.splitlines())} without"
