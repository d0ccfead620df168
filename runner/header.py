"""The header of a migration file: the `--` lines at its very top, and the directives among them."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.rules import Script

KEYS = {"apply": ("What", "Why", "Locks", "Data", "Rollback"), "rollback": ("Loses",)}
DIRECTIVES = {"transactional": "true|false", "lock_timeout": r"[1-9]\d*(ms|s|min|h)"}
_HEADER_LINE = re.compile(r"-- (?P<key>[A-Za-z_]+)(?P<colon>[ \t]*:)(?P<value>.*)")
_LOOKS_LIKE_DIRECTIVE = re.compile(r"\s*--\s*(transactional|depends|lock_timeout)\s*:", re.IGNORECASE)


def read(script: Script) -> dict[str, str]:
    """Return what the header says, by key: `-- Key: value`, continued on lines indented further.

    Raises RunnerError for a line or a directive that is not one, and for a directive below the header.
    """
    _refuse_late_directives(script)
    header: dict[str, str] = {}
    known = KEYS[script.direction]
    key = ""
    for count, line in enumerate(_top(script), 1):
        match = _HEADER_LINE.match(line)
        if _LOOKS_LIKE_DIRECTIVE.match(line):
            key = ""
            name, value = _directive(script, count, line)
            if name in header:
                raise script.refused(count, f"a second `{name}`", "keep one")
            header[name] = value
        elif match:
            key = match["key"]
            if key not in known or match["colon"] != ":":
                hint = f"known are {', '.join((*known, *DIRECTIVES))}; indent text that continues a line"
                raise script.refused(count, f"unknown header line `{key}{match['colon']}`", hint)
            header[key] = match["value"].strip()
        elif key and line.startswith("--   "):
            header[key] = f"{header[key]} {line[2:].strip()}".strip()
        else:
            key = ""
    return header


def _top(script: Script) -> list[str]:
    return list(takewhile(lambda line: line.startswith("--"), script.text.splitlines()))


def _refuse_late_directives(script: Script) -> None:
    header_lines = len(_top(script))
    for offset, comment in script.scan.comments:
        if _LOOKS_LIKE_DIRECTIVE.match(comment) and script.line(offset) > header_lines:
            message = "a directive outside the header would be ignored"
            hint = "move it into the `--` lines at the very top of the file"
            raise script.refused(script.line(offset), message, hint)


def _directive(script: Script, number: int, line: str) -> tuple[str, str]:
    name, _, value = line.removeprefix("-- ").partition(": ")
    if re.match(r"--\s*depends", line, re.IGNORECASE):
        raise script.refused(number, "`depends` is not used here", "the number is the order")
    if name not in DIRECTIVES or not re.fullmatch(DIRECTIVES[name], value):
        hint = "write exactly `-- transactional: false` or, say, `-- lock_timeout: 30s`"
        raise script.refused(number, f"malformed directive `{line}`", hint)
    return name, value
