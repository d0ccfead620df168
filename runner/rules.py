"""What a migration file may contain. docs/conventions.md says the same in prose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.errors import RunnerError
from runner.files import MigrationFile
from runner.lexer import Scan, Statement, line_and_column, scan

UP_KEYS = ("What", "Why", "Locks", "Data", "Rollback")
ROLLBACK_KEYS = ("Loses",)
DIRECTIVES = ("transactional", "lock_timeout")
_HEADER_LINE = re.compile(r"--(?P<gap>[ \t]*)(?P<key>[A-Za-z_]+)(?P<colon>[ \t]*:)(?P<value>.*)")
_LOOKS_LIKE_DIRECTIVE = re.compile(r"\s*--\s*(transactional|depends|lock_timeout)\s*:", re.IGNORECASE)
_TIMEOUT = re.compile(r"[1-9]\d*(ms|s|min|h)")
_TRANSACTION = {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"}
_ALONE = (
    ("CREATE", "DATABASE"), ("DROP", "DATABASE"), ("CREATE", "TABLESPACE"),
    ("DROP", "TABLESPACE"), ("ALTER", "SYSTEM"),
)  # fmt: skip


@dataclass(frozen=True)
class Script:
    """One direction of a migration, read and found in order: what the runner sends, and how."""

    file: MigrationFile
    name: str
    text: str
    scan: Scan
    header: dict[str, str]

    @property
    def transactional(self) -> bool:
        """False only where the header says `-- transactional: false`."""
        return self.header.get("transactional") != "false"

    @property
    def lock_timeout(self) -> str | None:
        """The file's own lock_timeout, such as `30s`, or None for the default."""
        return self.header.get("lock_timeout")

    def where(self, offset: int) -> str:
        """Return file:line for a character offset."""
        return f"{self.name}:{line_and_column(self.text, offset)[0]}"


def up(file: MigrationFile) -> Script:
    """Read and check a migration. Raises RunnerError with file:line before anything runs."""
    return _checked(Script(file, file.name, file.text, scan(file.text), {}), UP_KEYS)


def down(file: MigrationFile) -> Script:
    """Read and check a rollback. Raises RunnerError with file:line before anything runs."""
    text = file.rollback_text
    return _checked(Script(file, file.rollback_name, text, scan(text), {}), ROLLBACK_KEYS)


def _checked(script: Script, keys: tuple[str, ...]) -> Script:
    script.header.update(_header(script, keys))
    found = script.scan
    if found.unclosed:
        offset, what = found.unclosed
        raise RunnerError.refused(script.where(offset), f"this {what} is never closed", "close it")
    if found.backslash is not None:
        raise RunnerError.refused(
            script.where(found.backslash),
            "psql commands (\\) are not SQL and would not run",
            "write it in SQL",
        )
    if not found.statements:
        raise RunnerError.refused(
            script.name,
            "contains no statement",
            "a rollback that can't undo says so: DO $$ BEGIN RAISE EXCEPTION '…' USING HINT = '…'; END $$",
        )
    for statement in found.statements:
        _check_statement(script, statement)
    if not script.transactional:
        _check_alone(script)
    return script


def _header(script: Script, keys: tuple[str, ...]) -> dict[str, str]:
    """Read the leading `--` lines: `-- Key: value`, continued on lines indented further."""
    header: dict[str, str] = {}
    lines = script.text.splitlines()
    key = None
    length = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    for count, line in enumerate(lines[:length]):
        match = _HEADER_LINE.match(line)
        if _LOOKS_LIKE_DIRECTIVE.match(line):
            key = None
            name, value = _directive(script, count + 1, line)
            if name in header:
                raise RunnerError.refused(f"{script.name}:{count + 1}", f"a second `{name}`", "keep one")
            header[name] = value
        elif match and match["gap"] == " ":
            key = match["key"]
            if key not in keys or match["colon"] != ":":
                raise RunnerError.refused(
                    f"{script.name}:{count + 1}",
                    f"unknown header line `{key}{match['colon']}`",
                    f"known are {', '.join((*keys, *DIRECTIVES))}; indent text that continues a line",
                )
            header[key] = match["value"].strip()
        elif key and line.startswith("--   "):
            header[key] = f"{header[key]} {line[2:].strip()}".strip()
        else:
            key = None
    _refuse_late_directives(script, length)
    return header


def _directive(script: Script, number: int, line: str) -> tuple[str, str]:
    where = f"{script.name}:{number}"
    name, _, value = line.removeprefix("-- ").partition(": ")
    if re.match(r"--\s*depends", line, re.IGNORECASE):
        raise RunnerError.refused(where, "`depends` is not used here", "the number is the order")
    if name == "transactional" and value in ("true", "false"):
        return name, value
    if name == "lock_timeout" and _TIMEOUT.fullmatch(value):
        return name, value
    raise RunnerError.refused(
        where,
        f"malformed directive `{line}`",
        "write exactly `-- transactional: false` or, say, `-- lock_timeout: 30s`",
    )


def _refuse_late_directives(script: Script, header_lines: int) -> None:
    for offset, comment in script.scan.comments:
        if line_and_column(script.text, offset)[0] <= header_lines:
            continue
        if _LOOKS_LIKE_DIRECTIVE.match(comment):
            raise RunnerError.refused(
                script.where(offset),
                "a directive outside the header would be ignored",
                "move it into the `--` lines at the very top of the file",
            )


def _check_statement(script: Script, statement: Statement) -> None:
    words = statement.words
    where = script.where(statement.start)
    first = words[0] if words else ""
    if first in _TRANSACTION or words[:2] == ["PREPARE", "TRANSACTION"]:
        raise RunnerError.refused(
            where, f"{' '.join(words[:1])}: the runner opens and closes the transaction", "remove it"
        )
    if first == "COPY" and "STDIN" in words:
        raise RunnerError.refused(where, "COPY FROM stdin has no input here", "use INSERT … VALUES")
    if first in ("RESET", "DISCARD") or (first == "SET" and words[1:2] not in (["LOCAL"], ["CONSTRAINTS"])):
        raise RunnerError.refused(
            where, f"{first} would leak into the files after this one", "use SET LOCAL"
        )
    if script.transactional and _must_run_alone(words):
        raise RunnerError.refused(
            where,
            f"{' '.join(words[:2])}{' … CONCURRENTLY' if 'CONCURRENTLY' in words else ''} "
            "can't run in a transaction",
            "give it a file of its own with `-- transactional: false` in the header",
        )


def _must_run_alone(words: list[str]) -> bool:
    if words[:1] == ["VACUUM"] or tuple(words[:2]) in _ALONE:
        return True
    in_index = words[:1] in (["CREATE"], ["DROP"], ["REINDEX"]) and "CONCURRENTLY" in words[1:5]
    return in_index or (words[:2] == ["ALTER", "TABLE"] and words[-1:] == ["CONCURRENTLY"])


def _check_alone(script: Script) -> None:
    statements = script.scan.statements
    if len(statements) > 1:
        raise RunnerError.refused(
            script.where(statements[1].start),
            "a second statement in a file that is not transactional",
            "a file without a transaction holds one statement, so that it is done or not done",
        )
    if concurrent_index(statements[0]) is None and statements[0].words[:1] != ["VACUUM"]:
        raise RunnerError.refused(
            script.where(statements[0].start),
            "only CREATE or DROP INDEX CONCURRENTLY and VACUUM run without a transaction",
            "remove `-- transactional: false`; whether anything else was done can't be told after a crash",
        )


def concurrent_index(statement: Statement) -> tuple[str, str] | None:
    """Return ("CREATE" or "DROP", the index's qualified name) for a concurrent index statement."""
    words = [word for word in statement.words if word not in ("UNIQUE", "IF", "NOT", "EXISTS")]
    if words[1:3] != ["INDEX", "CONCURRENTLY"] or words[0] not in ("CREATE", "DROP"):
        return None
    if words[3:4] == ["ON"]:  # an index the server would name: after a crash nobody could find it
        return None
    if words[0] == "DROP":
        return "DROP", _name(words[3:])
    table = _name([word for word in words[words.index("ON") + 1 :] if word != "ONLY"])
    schema, dot, _ = table.rpartition(".")
    return "CREATE", f"{schema}{dot}{_name(words[3:])}"


def _name(words: list[str]) -> str:
    """Join identifier, dot, identifier, …; unquoted ones are folded to lower case."""
    parts = []
    for position, word in enumerate(words):
        if (position % 2 == 1) != (word == "."):
            break
        parts.append(word if word.startswith('"') or word == "." else word.lower())
    return "".join(parts)
