"""Finds where SQL statements begin and end, without parsing them.

The server gets every file whole; this is only for the rules of docs/conventions.md (what may not stand
in a file) and for telling which statement of a file failed. Comments nest, strings may be escaped or
dollar-quoted, and a BEGIN ATOMIC body is one statement, as in psql.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
    (?P<line_comment>--[^\n]*)
  | (?P<block_comment>/\*)
  | (?P<escape>[eE]'(?:[^'\\]|\\.|'')*')
  | (?P<string>(?:[uU]&|[bBxXnN])?'(?:[^']|'')*')
  | (?P<quoted>(?:[uU]&)?"(?:[^"]|"")*")
  | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][\w]*)?\$)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$]*)
  | (?P<number>\d[\w.]*)
  | (?P<open>[(\[]) | (?P<close>[)\]])
  | (?P<end>;) | (?P<dot>\.)
  | (?P<backslash>\\)
  | (?P<unclosed>['"])
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_KEPT_WORDS = 2_000  # enough to see STDIN at the end of a COPY with 1,600 columns


@dataclass(slots=True)
class Statement:
    """One statement: its place in the text (character offsets) and its leading words.

    Unquoted words are upper-cased; quoted identifiers keep their quotes; strings are left out.
    """

    start: int
    end: int = 0
    words: list[str] = field(default_factory=list)

    def begins(self, *words: str) -> bool:
        """Tell whether the statement starts with these words."""
        return tuple(self.words[: len(words)]) == words


@dataclass(slots=True)
class Scan:
    """The statements of a text, where its comments lie, and what psql would have taken for itself."""

    statements: list[Statement] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)
    backslash: int | None = None
    unclosed: tuple[int, str] | None = None


def scan(text: str) -> Scan:  # noqa: PLR0912 (one branch a kind of token)
    """Return the statements of `text`; never raises, an unclosed quote or comment is reported instead."""
    found = Scan()
    current: Statement | None = None
    depth = bodies = position = 0
    while match := _TOKEN.search(text, position):
        kind, token, at = match.lastgroup, match.group(), match.start()
        position = match.end()
        if kind == "line_comment":
            found.comments.append((at, token))
            continue
        if kind == "block_comment":
            position = _end_of_comment(text, position)
            if position < 0:
                found.unclosed = (at, "comment")
                break
            found.comments.append((at, text[at:position]))
            continue
        if kind == "end" and depth == 0 and bodies == 0:
            if current is not None:
                current.end = position
                current = None
            continue
        if current is None:
            current = Statement(start=at)
            found.statements.append(current)
            depth = 0
        if kind == "dollar":
            closing = text.find(token, position)
            if closing < 0:
                found.unclosed = (at, "dollar-quoted string")
                break
            position = closing + len(token)
        elif kind == "word":
            if depth == 0:
                bodies += _body_step(current, token.upper(), bodies)
            _keep(current, token.upper())
        elif kind in ("quoted", "dot"):
            _keep(current, token)
        elif kind == "open":
            depth += 1
            _keep(current, "(")
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "backslash" and found.backslash is None:
            found.backslash = at
        elif kind == "unclosed":
            found.unclosed = (at, "quote")
            break
    if current is not None:
        current.end = len(text.rstrip())
    return found


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Turn a character offset into a line and a column, both counted from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _keep(statement: Statement, word: str) -> None:
    if len(statement.words) < _KEPT_WORDS:
        statement.words.append(word)


def _body_step(statement: Statement, word: str, bodies: int) -> int:
    """Tell how a word changes the nesting inside a BEGIN ATOMIC body (psql's own rule)."""
    words = statement.words
    if words[:1] != ["CREATE"] or not {"FUNCTION", "PROCEDURE"} & set(words[1:4]):
        return 0
    if word == "BEGIN" or (word == "CASE" and bodies):
        return 1
    return -1 if word == "END" and bodies else 0


def _end_of_comment(text: str, position: int) -> int:
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(text, position)):
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return -1 if depth else position
