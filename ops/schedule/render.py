"""Writes the systemd units and the crontab of schedule.toml.

    python3 -m ops.schedule.render                       ops/schedule/, for a checkout in /opt/footing
    python3 -m ops.schedule.render CHECKOUT FOLDER       elsewhere, for a checkout elsewhere

No two jobs with one lock run at once, whether systemd or cron starts them. Standard library only.
"""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CHECKOUT = "/opt/footing"
LOCKS = "/run/lock"
ENVIRONMENT = "/etc/footing/environment"  # DATABASE_URL, FOOTING_BACKUP_METRICS …, for systemd and sh alike
_SECONDS = {"": 1, "min": 60, "h": 3600}
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_HEAD = """\
# Generated from schedule.toml by make generate; do not edit.
"""
_SERVICE = """
[Unit]
Description=Footing: {what}
Wants=network-online.target
After=network-online.target postgresql.service

[Service]
Type=oneshot
User={user}
WorkingDirectory={checkout}
EnvironmentFile=-{environment}
ExecStart={command}
"""
_TIMER = """
[Unit]
Description=When: {what}

[Timer]
OnCalendar={calendar}
Persistent={persistent}

[Install]
WantedBy=timers.target
"""
_CRONTAB = """
# For machines without systemd: copy it to /etc/cron.d/footing. Times are UTC. cronie obeys CRON_TZ;
# Debian's cron takes the machine's own time zone: there it must be UTC (timedatectl set-timezone UTC).
CRON_TZ=UTC
SHELL=/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
PREPARE=cd {checkout} && set -a && {{ [ ! -r {environment} ] || . {environment}; }} && set +a
"""


@dataclass(frozen=True)
class Job:
    """One line of the schedule."""

    name: str
    what: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]  # empty: each
    day: str  # empty: each
    run: tuple[str, ...]
    lock: str
    wait: int  # seconds; 0: leave the turn out
    user: str

    @property
    def calendar(self) -> str:
        """When, as systemd.time(7) writes it."""
        hours = ",".join(f"{hour:02}" for hour in self.hours) or "*"
        minutes = ",".join(f"{minute:02}" for minute in self.minutes)
        return f"{self.day} *-*-* {hours}:{minutes}:00 UTC".strip()

    @property
    def cron(self) -> str:
        """When, as crontab(5) writes it."""
        hours = ",".join(map(str, self.hours)) or "*"
        day = str(_DAYS.index(self.day)) if self.day else "*"
        return f"{','.join(map(str, self.minutes))} {hours} * * {day}"

    def command(self, locks: str = LOCKS) -> str:
        """Return the command line, behind the lock; the working directory is the checkout."""
        patience = (
            ["--timeout", str(self.wait)] if self.wait else ["--nonblock", "--conflict-exit-code", "0"]
        )
        behind = ["/usr/bin/flock", *patience, f"{locks}/footing-{self.lock}.lock"]
        return shlex.join([*behind, ".venv/bin/python", "-m", *self.run])


def jobs() -> list[Job]:
    """Return the jobs of schedule.toml; raise ValueError for a time that is none."""
    with (HERE / "schedule.toml").open("rb") as file:
        return [_job(name, **told) for name, told in tomllib.load(file).items()]


def _job(
    name: str,
    what: str,
    run: list[str],
    lock: str,
    wait: str,
    user: str,
    at: tuple[str, ...] = (),
    every: int = 0,
    first: int = 0,
    day: str = "",
) -> Job:
    times = [(int(time[:2]), int(time[3:])) for time in at]
    minutes = tuple(sorted({minute for _, minute in times})) if times else tuple(range(first, 60, every))
    found = re.fullmatch(r"(\d+)(min|h)?", wait)
    if found is None or (times and len(minutes) > 1):
        raise ValueError(f"{name}: wait is a number with min or h; the times of a day share their minute")
    patience = int(found[1]) * _SECONDS[found[2] or ""]
    return Job(name, what, minutes, tuple(hour for hour, _ in times), day, tuple(run), lock, patience, user)


def files(checkout: str = CHECKOUT, locks: str = LOCKS) -> dict[str, str]:
    """Return each file's text by its name: systemd/… and crontab."""
    made = {}
    lines = [_HEAD + _CRONTAB.format(checkout=shlex.quote(checkout), environment=ENVIRONMENT)]
    for job in jobs():
        unit = f"systemd/footing-{job.name}"
        told = {"what": job.what, "user": job.user, "checkout": checkout, "environment": ENVIRONMENT}
        made[f"{unit}.service"] = _HEAD + _SERVICE.format(**told, command=job.command(locks))
        persistent = (
            "true" if job.hours else "false"
        )  # what was missed while the machine was off is made up for
        made[f"{unit}.timer"] = _HEAD + _TIMER.format(
            what=job.what, calendar=job.calendar, persistent=persistent
        )
        lines.append(f'# {job.what}\n{job.cron} {job.user} eval "$PREPARE" && exec {job.command(locks)}\n')
    made["crontab"] = "\n".join(lines)
    return made


def main(arguments: list[str]) -> int:
    """Write the files; return the exit code."""
    if len(arguments) not in (0, 2):
        print(__doc__, file=sys.stderr)
        return 2
    checkout, folder = arguments or (CHECKOUT, str(HERE))
    for name, text in files(checkout).items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
