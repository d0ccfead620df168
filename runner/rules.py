"""What a migration file may contain. docs/conventions.md says the same in prose."""

from __future__ import annotations

from dataclasses import dataclass, field

from runner import header
from runner.errors import RunnerError
from runner.files import MigrationFile
from runner.lexer import Scan, Statement, line_and_column, scan

_TRANSACTION = {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"}
_ALONE = (
    ("CREATE", "DATABASE"), ("DROP", "DATABASE"), ("CREATE", "TABLESPACE"),
    ("DROP", "TABLESPACE"), ("ALTER", "SYSTEM"),
)  # fmt: skip


@dataclass(frozen=True)
class Script:
    """One direction of a migration, read and found in order: what the runner sends, and how."""

    file: MigrationFile
    direction: str  # "apply" or "rollback"
    name: str
    text: str
    scan: Scan
    header: dict[str, str] = field(default_factory=dict)

    @property
    def transactional(self) -> bool:
        """False only where the header says `-- transactional: false`."""
        return self.header.get("transactional") != "false"

    @property
    def lock_timeout(self) -> str | None:
        """The file's own lock_timeout, such as `30s`, or None for the default."""
        return self.header.get("lock_timeout")

    def line(self, offset: int) -> int:
        """Return the line of a character offset."""
        return line_and_column(self.text, offset)[0]

    def refused(self, line: int, message: str, hint: str) -> RunnerError:
        """Return the refusal of what stands in a line."""
        return RunnerError.refused(f"{self.name}:{line}", message, hint)


def up(file: MigrationFile) -> Script:
    """Read and check a migration. Raises RunnerError with file:line before anything runs."""
    return _checked(Script(file, "apply", file.name, file.text, scan(file.text)))


def down(file: MigrationFile) -> Script:
    """Read and check a rollback. Raises RunnerError with file:line before anything runs."""
    text = file.rollback_text
    return _checked(Script(file, "rollback", file.rollback_name, text, scan(text)))


def pairs(files: list[MigrationFile]) -> list[Script]:
    """Read and check files and their rollbacks, and return the files. Raises RunnerError as above."""
    for file in files:
        down(file)
    return [up(file) for file in files]


def _checked(script: Script) -> Script:
    found = script.scan
    script.header.update(header.read(script))
    if found.unclosed:
        offset, what = found.unclosed
        raise script.refused(script.line(offset), f"this {what} is never closed", "close it")
    if found.backslash is not None:
        line = script.line(found.backslash)
        raise script.refused(line, "psql commands (\\) are not SQL and would not run", "write it in SQL")
    if not found.statements:
        hint = "one that can't undo says so: DO $$ BEGIN RAISE EXCEPTION '…' USING HINT = '…'; END $$"
        raise RunnerError.refused(script.name, "contains no statement", hint)
    for number, statement in enumerate(found.statements):
        objection = _objection(script, statement.words) or _objection_alone(script, statement, number)
        if objection:
            raise script.refused(script.line(statement.start), *objection)
    return script


def _objection(script: Script, words: list[str]) -> tuple[str, str] | None:
    """Return what is wrong with a statement wherever it stands, and what to do; or None."""
    first = words[0] if words else ""
    if first in _TRANSACTION or words[:2] == ["PREPARE", "TRANSACTION"]:
        return f"{first}: the runner opens and closes the transaction", "remove it"
    if first == "COPY" and "STDIN" in words:
        return "COPY FROM stdin has no input here", "use INSERT … VALUES"
    if first in ("RESET", "DISCARD") or (first == "SET" and words[1:2] not in (["LOCAL"], ["CONSTRAINTS"])):
        return f"{first} would leak into the files after this one", "use SET LOCAL"
    if script.transactional and _must_run_alone(words):
        what = f"{' '.join(words[:2])}{' … CONCURRENTLY' if 'CONCURRENTLY' in words else ''}"
        hint = "give it a file of its own with `-- transactional: false` in the header"
        return f"{what} can't run in a transaction", hint
    return None


def _objection_alone(script: Script, statement: Statement, number: int) -> tuple[str, str] | None:
    """Return what is wrong with the statement of a file without a transaction; or None."""
    if script.transactional:
        return None
    if number > 0:
        return (
            "a second statement in a file that is not transactional",
            "a file without a transaction holds one statement, so that it is done or not done",
        )
    if concurrent_index(statement) is None and statement.words[:1] != ["VACUUM"]:
        return (
            "only CREATE or DROP INDEX CONCURRENTLY and VACUUM run without a transaction",
            "remove `-- transactional: false`; whether anything else was done can't be told after a crash",
        )
    return None


def _must_run_alone(words: list[str]) -> bool:
    if words[:1] == ["VACUUM"] or tuple(words[:2]) in _ALONE:
        return True
    in_index = words[:1] in (["CREATE"], ["DROP"], ["REINDEX"]) and "CONCURRENTLY" in words[1:5]
    return in_index or (words[:2] == ["ALTER", "TABLE"] and words[-1:] == ["CONCURRENTLY"])


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
