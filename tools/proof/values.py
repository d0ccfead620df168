"""What could stand in a column: SQL expressions in `g.n`, the number of the row, likeliest first."""

from __future__ import annotations

import itertools
import re
from typing import Any

LAST = 3  # so many candidates of a column are all combined with those of others
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w.'])")
_PREFIX = re.compile(r"'\^([A-Za-z]+[-_:/])")  # of a regular expression such as '^TEST-[0-9]{6,}$'
_NUMERIC = ("smallint", "integer", "bigint", "numeric", "real", "double precision")

_TEXT = [
    "'row ' || g.n",
    "'row-' || g.n",
    "'row_' || g.n",
    "'row' || g.n || '@example.com'",
    "'ROW-' || g.n",
    "'ROW-' || lpad(g.n::text, 6, '0')",
    "'https://example.com/' || g.n",
    "'/row/' || g.n",
    "'1.' || g.n || '.0'",
    "g.n::text",
    "md5(g.n::text)",
    "encode(sha256(g.n::text::bytea), 'hex')",
    "'enc:v1:key-1:' || encode(sha256(g.n::text::bytea), 'base64')",
    "'#' || lpad(to_hex(g.n % 16777216), 6, '0')",
    "'row/text'",
    "'en'",
    "'{}'",
    "''",
]
_BY_TYPE = {
    "boolean": ["g.n % 2 = 0", "true", "false"],
    "uuid": ["gen_random_uuid()"],
    "jsonb": [
        "jsonb_build_object('row', g.n)",
        "jsonb_build_array('row ' || g.n)",
        "jsonb_build_array(jsonb_build_object('row', g.n))",
        "'{}'",
        "'[]'",
        "to_jsonb('row ' || g.n)",
    ],
    "json": ["json_build_object('row', g.n)", "json_build_array(g.n)", "'{}'", "'[]'"],
    # ahead of now, since a log has partitions ahead
    "timestamp with time zone": [
        "now() + g.n % 600 * interval '1 second'",
        "now() + interval '1 day'",
        "now()",
        "now() - interval '1 day'",
    ],
    "date": ["current_date + (g.n % 600)::integer", "current_date"],
    "interval": ["g.n * interval '1 second'"],
    "time": ["time '12:00'"],
    "inet": ["inet '10.0.0.0' + g.n % 65536"],
    "bytea": ["sha256(g.n::text::bytea)"],
    "tsvector": ["to_tsvector('simple', 'row ' || g.n)"],
}


def candidates(column: dict[str, Any], checks: list[dict[str, Any]], unique: bool) -> list[str]:
    """Return the expressions to try for a column, each cast to its type, NULL last where it may be."""
    own = [check["expression"] for check in checks if column["name"] in check["columns"]]
    given = [column["default"]] if column["default"] else []
    base = column["base"]
    if column["labels"]:
        found = [_quoted(label) for label in column["labels"]]
    elif base.endswith("[]"):
        found = ["ARRAY['row ' || g.n]", "ARRAY['row']", "ARRAY[g.n]", "'{}'", *_in_array(own)]
    elif base in _NUMERIC:
        found = ["g.n", "1 + g.n % 5", "g.n % 100", "(g.n % 100) / 100.0", "0", "1", *_numbers(own)]
    else:
        found = [*_BY_TYPE.get(base, _TEXT), *_prefixed(own), *_literals(own)]
    absent = [] if column["required"] else ["NULL"]
    ordered = [*found, *given] if unique or not given else [*given, *found]
    return [_cast(text, column["type"]) for text in [*dict.fromkeys(ordered), *absent]]


def _literals(expressions: list[str]) -> list[str]:
    texts = [text for expression in expressions for text in _LITERAL.findall(expression)]
    return [f"'{text}'" for text in dict.fromkeys(texts)]


def _prefixed(expressions: list[str]) -> list[str]:
    prefixes = [prefix for expression in expressions for prefix in _PREFIX.findall(expression)]
    return [f"'{prefix}' || lpad(g.n::text, 6, '0')" for prefix in dict.fromkeys(prefixes)]


def _in_array(expressions: list[str]) -> list[str]:
    return [f"ARRAY[{literal}]" for literal in _literals(expressions)]


def _numbers(expressions: list[str]) -> list[str]:
    return [f"({number})" for expression in expressions for number in _NUMBER.findall(expression)]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _cast(expression: str, type_name: str) -> str:
    """Cast explicitly, which cuts a text too long for varchar(n) and keeps the server from guessing."""
    return f"({expression})::{type_name}"


def components(checks: list[dict[str, Any]]) -> list[list[str]]:
    """Return the groups of columns that CHECKs tie together."""
    groups: list[list[str]] = []
    for check in checks:
        touching = [group for group in groups if set(group) & set(check["columns"])]
        merged = list(dict.fromkeys(itertools.chain(*touching, check["columns"])))
        groups = [group for group in groups if group not in touching] + [merged]
    return groups


def poverty(values: tuple[str, ...]) -> int:
    """Count what is absent, and doubly what is the same in every row."""
    return sum(value.startswith("(NULL)") + 2 * ("g.n" not in value) for value in values)


def spread(values: list[str]) -> list[str]:
    """Return a few of the candidates that come after the first."""
    return values[LAST :: max(1, len(values) // 4)]
