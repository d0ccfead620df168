"""The roles of a dump's globals.sql that a server lacks, as statements; what it has is left as it is."""

from __future__ import annotations

import re

from runner.lexer import scan

_ROLE = r'("(?:[^"]|"")+"|[^\s;]+)'
_OF_A_ROLE = re.compile(rf"(CREATE ROLE|ALTER ROLE|COMMENT ON ROLE) {_ROLE}")
_MEMBERSHIP = re.compile(rf"GRANT {_ROLE} TO {_ROLE}")
_GRANTOR = re.compile(rf" GRANTED BY {_ROLE}(?=;|$)")


def missing_roles(dumped: str, known: set[str]) -> list[str]:
    """Return what makes the roles that are not known, with their settings, comments and memberships.

    Whoever runs it becomes the grantor of memberships. Tablespaces are left out.
    """
    text = "\n".join(line for line in dumped.splitlines() if not line.startswith("\\"))
    statements = []
    for found in scan(text).statements:
        statement = text[found.start : found.end]
        if role := _OF_A_ROLE.match(statement):
            is_missing = _unquoted(role[2]) not in known
        elif roles := _MEMBERSHIP.match(statement):
            is_missing = not {_unquoted(roles[1]), _unquoted(roles[2])} <= known
        else:
            continue
        if is_missing:
            statements.append(_GRANTOR.sub("", statement))
    return statements


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
