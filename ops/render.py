"""Renders a configuration template from the environment, as envsubst does, and refuses what is missing.

    python3 ops/render.py TEMPLATE TARGET

A template holds ${NAME}, ${NAME:-default} and ${NAME:?what it is}. The target is replaced in one step,
readable by its owner only. Standard library only: it runs wherever there is a python3.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

_PLACE = re.compile(r"\$\{(?P<name>[A-Z][A-Z0-9_]*)(?P<kind>:[-?])?(?P<text>[^}]*)\}")


class RenderError(Exception):
    """What is missing or can't be written into this kind of file."""


def quoted(value: str) -> str:
    """Return a value for between single quotes, where postgresql.conf and pgbouncer.ini double a quote."""
    return value.replace("'", "''")


def render(template: str, environment: Mapping[str, str], quote: Callable[[str], str] = quoted) -> str:
    """Fill in a template; raise RenderError with everything that is missing, or a value of two lines."""
    missing: list[str] = []

    def value(place: re.Match[str]) -> str:
        name, kind, text = place["name"], place["kind"], place["text"]
        found = environment.get(name, "")
        if not found and kind == ":-":
            return text
        if not found:
            missing.append(f"{name} is not set" + (f": {text}" if text else ""))
        if re.search(r"[\x00-\x1f\x7f]", found):
            missing.append(f"{name} holds a line break or another control character")
        return quote(found)

    lines = (
        line if line.lstrip().startswith(("#", ";")) else _PLACE.sub(value, line)
        for line in template.splitlines(keepends=True)
    )
    text = "".join(lines)
    if missing:
        raise RenderError("\n".join(dict.fromkeys(missing)))
    return text


def write(target: Path, text: str) -> None:
    """Replace a file in one step with mode 0600: whoever reads it sees the old text or the new one."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # 0600 from the start
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
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
