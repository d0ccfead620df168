"""The statements as somebody wrote them: the catalogue has only a parse tree, the files have prose."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from runner.files import MigrationFile
from runner.lexer import Statement, scan

_CHECK = re.compile(r"\bCONSTRAINT (\w+)\s+CHECK \(")
_SKIPPED = ("OR", "REPLACE", "UNIQUE", "CONCURRENTLY", "CONSTRAINT")
_KINDS = ("VIEW", "INDEX", "TRIGGER", "POLICY", "TYPE", "DOMAIN", "SEQUENCE", "STATISTICS")
_ROUTINES = ("FUNCTION", "PROCEDURE", "AGGREGATE")


class Source:
    """Finds an object's own statement in the migrations: the last that made it."""

    def __init__(self, files: Iterable[MigrationFile]) -> None:
        """Read every migration."""
        self._statements: dict[str, str] = {}
        self._routines: dict[str, list[str]] = {}
        self._checks: dict[tuple[str, str], str] = {}
        for file in files:
            for statement in scan(file.text).statements:
                self._note(statement, file.text[statement.start : statement.end].strip().rstrip(";"))

    def statement(self, kind: str, name: str, table: str = "") -> str | None:
        """Return the CREATE of a view, index, trigger, policy or type, or None where no file has one."""
        return self._statements.get(_key(kind, name, table))

    def routine(self, kind: str, name: str, body: str) -> str | None:
        """Return the CREATE of a function with this body; without a body, of the only one of that name."""
        written = self._routines.get(f"{kind} {name}", [])
        if not body and len(written) > 1:
            return None
        return next((text for text in reversed(written) if body in text), None)

    def check(self, table: str, name: str) -> str | None:
        """Return a CHECK constraint's clause, `CONSTRAINT name CHECK (…)`."""
        return self._checks.get((table, name))

    def _note(self, statement: Statement, text: str) -> None:
        words = [word for word in statement.words[:14] if word not in _SKIPPED]
        if statement.begins("CREATE", "TABLE") or statement.begins("ALTER", "TABLE"):
            self._note_checks(_name(statement.words[2:]), text)
        if words[:1] == ["ALTER"]:  # what was written is no longer the whole of it
            self._statements.pop(_key(words[1], _name(words[2:]), _table(statement)), None)
            self._routines.pop(f"{words[1]} {_name(words[2:])}", None)
        if words[:1] != ["CREATE"]:
            return
        if words[1] == "MATERIALIZED":
            words = words[1:]
        kind = words[1]
        if kind in _ROUTINES:
            plain = re.sub(r"\ACREATE OR REPLACE", "CREATE", text)
            self._routines.setdefault(f"{kind} {_name(words[2:])}", []).append(plain)
        elif kind in _KINDS:
            self._statements[_key(kind, _name(words[2:]), _table(statement))] = _plain(text)

    def _note_checks(self, table: str, text: str) -> None:
        for found in _CHECK.finditer(text):
            clause = text[found.start() : _closing(text, found.end())]
            first = text.rfind("\n", 0, found.start()) + 1
            before = text[first : found.start()].removesuffix("ADD ")  # of ALTER TABLE
            indented = before + clause
            self._checks[table, found[1]] = textwrap.dedent(indented).strip()


def _key(kind: str, name: str, table: str) -> str:
    if kind == "INDEX":  # which has no schema of its own in its statement
        return f"INDEX {table.partition('.')[0]}.{name}"
    return f"{kind} {name} ON {table}" if kind in ("TRIGGER", "POLICY") else f"{kind} {name}"


def _table(statement: Statement) -> str:
    """Return what follows ON: the table of an index, trigger or policy."""
    words = statement.words
    return _name(words[words.index("ON") + 1 :]) if "ON" in words else ""


def _name(words: list[str]) -> str:
    """Join identifier, dot, identifier."""
    parts = [words[0].lower()] if words else []
    for dot, word in zip(words[1::2], words[2::2], strict=False):
        if dot != ".":
            break
        parts.append(word.lower())
    return ".".join(parts)


def _plain(text: str) -> str:
    return re.sub(r"\bCONCURRENTLY ", "", re.sub(r"\ACREATE OR REPLACE", "CREATE", text), count=1)


def _closing(text: str, start: int) -> int:
    """Return where the parenthesis opened just before `start` is closed; strings are passed over."""
    depth = 1
    for token in re.finditer(r"'(?:[^']|'')*'|[()]", text[start:]):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return start + token.end()
    return len(text)
