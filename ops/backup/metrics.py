"""What Prometheus is told of backups, in files for node_exporter's textfile collector: one for each step.

A step that is not carried out leaves its file as it was; the time in it grows old, and an alert says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from ops.backup.check import Outcome
from ops.backup.pgbackrest import Backup
from ops.render import write

HELP = {
    "check_ok": "1 where the last check of the backups succeeded in this step.",
    "check_timestamp_seconds": "When this step was last carried out.",
    "newest_timestamp_seconds": "When the newest backup of this type ended.",
    "oldest_timestamp_seconds": "How far back one can recover.",
    "stored_bytes": "Bytes in the repository that belong to backups, without WAL.",
    "size_bytes": "Bytes of the cluster in the newest backup.",
}
_READABLE = 0o644  # by node_exporter, whose account is another


def write_outcome(folder: Path, outcome: Outcome) -> None:
    """Replace the file of that step in one step; raise OSError where the folder can't be written."""
    step = f'{{step="{outcome.step}"}}'
    samples = [("check_ok", step, int(outcome.ok)), ("check_timestamp_seconds", step, int(time.time()))]
    _write(folder / f"footing_backup_{outcome.step}.prom", samples)


def write_backups(folder: Path, found: list[Backup]) -> None:
    """Replace the file that says which backups there are; raise OSError likewise."""
    newest = {backup.kind: int(backup.stopped.timestamp()) for backup in found}
    samples = [("newest_timestamp_seconds", f'{{type="{kind}"}}', ended) for kind, ended in newest.items()]
    samples += [
        ("oldest_timestamp_seconds", "", int(found[0].stopped.timestamp())),
        ("stored_bytes", "", sum(backup.stored for backup in found)),
        ("size_bytes", "", found[-1].size),
    ]
    _write(folder / "footing_backup.prom", samples)


def _write(path: Path, samples: Iterable[tuple[str, str, int]]) -> None:
    lines: list[str] = []
    for name, labels, value in samples:
        metric = f"footing_backup_{name}"
        if f"# TYPE {metric} gauge" not in lines:
            lines += [f"# HELP {metric} {HELP[name]}", f"# TYPE {metric} gauge"]
        lines.append(f"{metric}{labels} {value}")
    write(path, "\n".join(lines) + "\n", _READABLE)
