"""How the commands of backups answer: lines or JSON, and an error with its next step."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from ops.backup.pgbackrest import BackupError
from runner.commands.common import json_option
from runner.output import Output


def answers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `output` and --json, and turn its BackupError into lines and an exit code."""

    @json_option
    @wraps(command)
    def run(as_json: bool, **given: Any) -> None:
        output = Output(command.__name__.rstrip("_"), as_json=as_json)
        try:
            command(output, **given)
        except BackupError as error:
            if error.said:
                output.aside(error.said.rstrip())
            output.aside(f"error: {error}", fg="red")
            output.aside(f"  → {error.hint}")
            output.document(
                {"ok": False, "exit_code": 1, "error": {"message": str(error), "hint": error.hint}}
            )
            sys.exit(1)

    return run
