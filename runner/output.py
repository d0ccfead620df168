"""What a person reads and what a machine reads: one or the other, never mixed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

import click

from runner.errors import Exit, RunnerError
from runner.settings import Target, redact


class Output:
    """Prints lines for a person, or collects facts for one JSON document at the end.

    Results go to standard output; warnings, notices and prompts to standard error. Colours appear on a
    terminal only, and not where NO_COLOR is set. Whatever looks like a password is blanked.
    """

    def __init__(self, command: str, *, as_json: bool):
        self.as_json = as_json
        self.facts: dict[str, Any] = {"command": command}
        self.target: Target | None = None
        self._begun = ""  # a line that is not ended yet
        self._cut = False  # and that something else was printed into

    def line(self, text: str = "", **style: Any) -> None:
        """Print a result line (not in JSON mode)."""
        if not self.as_json:
            if self._cut:
                self._echo(self._begun, sys.stdout, {}, newline=False)
            self._begun, self._cut = "", False
            self._echo(text, sys.stdout, style)

    def part(self, text: str, **style: Any) -> None:
        """Print the beginning of a line, at once (not in JSON mode)."""
        if not self.as_json:
            self._begun = text
            self._echo(text, sys.stdout, style, newline=False)

    def aside(self, text: str, **style: Any) -> None:
        """Print to standard error: waiting, notices, warnings (in JSON mode too)."""
        if self._begun and not self._cut:
            self._cut = True
            self._echo("", sys.stdout, {})
        self._echo(text, sys.stderr, style)

    def warn(self, text: str) -> None:
        """Print to standard error what a person should notice."""
        self.aside(f"  {text}", fg="yellow")

    def table(self, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
        """Print rows in aligned columns under a header (not in JSON mode)."""
        lines = [header, *rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
        for number, cells in enumerate(lines):
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            self.line("  ".join(padded).rstrip(), bold=number == 0)

    def notice(self, diag: Any) -> None:
        """Show what a migration raised as NOTICE or WARNING."""
        self.warn(f"  {diag.severity}: {diag.message_primary}")

    def finish(self, **facts: Any) -> None:
        """Print the JSON document of a command that went well (only in JSON mode)."""
        self.document({"ok": True, "exit_code": 0, **facts})

    def answer(self, code: Exit, **facts: Any) -> NoReturn:
        """Finish a command whose answer is its exit code."""
        self.finish(exit_code=int(code), **facts)
        raise click.exceptions.Exit(code)

    def fail(self, error: RunnerError) -> NoReturn:
        """Say what went wrong and what to do next, and end the program with that error's exit code."""
        if self.as_json:
            said = {"code": error.code, "message": error.message, "hint": error.hint, **error.facts}
            self.document({"ok": False, "exit_code": int(error.exit_code), "error": said})
        else:
            self.aside(f"error: {error.message}", fg="red")
            if error.hint:
                self.aside(f"  next: {error.hint}")
        sys.exit(error.exit_code)

    def document(self, facts: dict[str, Any]) -> None:
        """Print facts as one JSON document (only in JSON mode)."""
        if self.as_json:
            import json  # a person's command never needs it

            if self.target:
                self.facts["database"] = self.target.url()
            click.echo(redact(json.dumps({**self.facts, **facts}, indent=2, default=str)))

    @staticmethod
    def _echo(text: str, stream: Any, style: dict[str, Any], *, newline: bool = True) -> None:
        text = redact(text)
        if style and stream.isatty() and not os.environ.get("NO_COLOR"):
            text = click.style(text, **style)
        click.echo(text, file=stream, nl=newline)


def elapsed(seconds: float) -> str:
    """Return a duration for a person: 12 ms, 3.4 s, 2 min 5 s."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:  # noqa: PLR2004 (a minute)
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def count(number: int, thing: str) -> str:
    """Return `1 migration`, `2 migrations`."""
    return f"{number} {thing}" + ("" if number == 1 else "s")
