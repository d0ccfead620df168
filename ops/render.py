"""Renders a configuration template from the environment, as envsubst does, and refuses what is missing.

    python3 -m ops.render TEMPLATE TARGET

A template holds ${NAME}, ${NAME:-default} and ${NAME:?what it is}; in comments they stay as they are.
Between single quotes, a quote in a value is doubled, as postgresql.conf and pgbouncer.ini want it. The
target is replaced in one step, readable by its owner only. Standard library only.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

_PLACE = re.compile(r"(?P<quote>'?)\$\{(?P<name>[A-Z][A-Z0-9_]*)(?:(?P<kind>:[-?])(?P<text>[^}]*))?\}")
_COMMENTS = ("#", ";")


class RenderError(Exception):
    """What is missing, or can't be written into a line."""


def render(template: str, environment: Mapping[str, str]) -> str:
    """Fill in a template; raise RenderError with everything that is missing, and values of two lines."""
    wrong: list[str] = []

    def value(place: re.Match[str]) -> str:
        quote, name, kind, text = place.group("quote", "name", "kind", "text")
        found = environment.get(name, "")
        if not found and kind == ":-":
            return str(quote + text)
        if not found:
            wrong.append(f"{name} is not set" + (f": {text}" if text else ""))
        if re.search(r"[\x00-\x1f\x7f]", found):
            wrong.append(f"{name} holds a line break or another control character")
        return quote + found.replace("'", "''") if quote else found

    lines = [
        line if line.lstrip().startswith(_COMMENTS) else _PLACE.sub(value, line)
        for line in template.splitlines(keepends=True)
    ]
    if wrong:
        raise RenderError("\n".join(dict.fromkeys(wrong)))
    return "".join(lines)


def write(target: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file in one step, for its owner only: whoever reads it sees the old text or the new one."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # 0600 from the start
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def main(arguments: list[str]) -> int:
    """Render one template; return the exit code."""
    if len(arguments) != 2:  # noqa: PLR2004 (a template and a target)
        print(__doc__, file=sys.stderr)
        return 2
    template, target = map(Path, arguments)
    try:
        write(target, render(template.read_text(encoding="utf-8"), os.environ))
    except (RenderError, OSError) as error:
        print(f"{template}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
