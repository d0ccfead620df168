"""The declared allowances: which findings of the proof are meant, and which lines found no use."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from tests.support.sightings import Finding

FILE = Path(__file__).resolve().parents[1] / "proof" / "allowances.toml"


@dataclass
class Allowance:
    """One thing that is meant, why, and which of its lines were needed."""

    name: str
    who: list[str]
    what: list[str]
    reason: str
    used: set[str] = field(default_factory=set)

    def covers(self, finding: Finding) -> bool:
        """Tell whether a line covers it, and remember which."""
        if not any(fnmatchcase(finding.persona, who) for who in self.who):
            return False
        told = f"{finding.verb} {finding.object}"
        needed = {f"who = {who}" for who in self.who if fnmatchcase(finding.persona, who)}
        lines = {what for what in self.what if fnmatchcase(told, what)}
        if finding.verb == "SECRET":  # is named, or not allowed
            lines = {line for line in lines if line.startswith("SECRET")}
        self.used |= lines | (needed if lines else set())
        return bool(lines)


def declared() -> list[Allowance]:
    """Read the file."""
    return [Allowance(**table) for table in tomllib.loads(FILE.read_text())["allowance"]]


def undeclared(findings: Iterable[Finding], allowances: list[Allowance]) -> list[Finding]:
    """Return what no allowance covers."""
    return [finding for finding in findings if not [a for a in allowances if a.covers(finding)]]


def undeclared_anywhere(findings: Iterable[Finding], allowances: list[Allowance]) -> list[Finding]:
    """Return what no allowance could mean: a random write has no label that says which column it is of."""
    objects = {line.split()[-1] for a in allowances if "owner" in a.who for line in a.what}
    writes = ("INSERT", "UPDATE", "MERGE")
    return [f for f in findings if f.verb not in writes or f.object not in objects]


def unused(allowances: list[Allowance]) -> list[str]:
    """Return each line that no finding needed."""
    return [
        f"{a.name}: {line}"
        for a in allowances
        for line in [*a.what, *(f"who = {who}" for who in a.who)]
        if line not in a.used
    ]
