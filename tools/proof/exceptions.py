"""What a file says that its rollback does not do: the clauses of its `Rollback:` line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from runner.rules import Script

_CLAUSE = re.compile(r"(?:^|; )(keeps role|returns column|irreversible:) ([^;]+?)(?=;|\.?$)")


@dataclass(frozen=True)
class Exceptions:
    """What a rollback may leave otherwise, as its file declares it."""

    irreversible: str = ""
    kept_roles: set[str] = field(default_factory=set)
    returned_columns: set[str] = field(default_factory=set)


def declared(script: Script) -> Exceptions:
    """Read the clauses `keeps role x`, `returns column s.t.c at the end` and `irreversible: why`."""
    reason, roles, columns = "", set(), set()
    for verb, text in _CLAUSE.findall(script.header.get("Rollback", "")):
        if verb == "irreversible:":
            reason = text
        elif verb == "keeps role":
            roles |= set(text.split(", "))
        else:
            columns |= set(text.removesuffix(" at the end").split(", "))
    return Exceptions(reason, roles, columns)


def forgiven(objects: dict[str, str], exceptions: Exceptions) -> dict[str, str]:
    """Return the catalogue without what the exceptions allow to differ."""
    tables = {f"column {column.rpartition('.')[0]}." for column in exceptions.returned_columns}
    return {
        name: re.sub(r"^#\d+; ", "", text) if any(name.startswith(table) for table in tables) else text
        for name, text in objects.items()
        if name not in {f"role {role}" for role in exceptions.kept_roles}
    }
