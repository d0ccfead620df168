"""Measures what programs notice of migrations: `make downtime`, which writes docs/downtime.md.

In a scratch database with a million executions the newest migrations are rolled back; then they, and a
release of changes as they are made all year, are applied by `footing migrate` while eight programs ask and
write what the documents' programs do.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from runner import migrate as work
from runner.errors import RunnerError
from runner.output import Output, count
from runner.session import Options, resolve
from runner.settings import CHECKOUT, Target
from tools import downtime_page as page
from tools.commute import since
from tools.downtime_load import Load, Sample, a_report, fill
from tools.downtime_release import RELEASE, copied
from tools.scratch import Quiet, migrating, scratch

BAR = 1.0  # seconds no transaction may take while migrations run
CONNECTIONS = 8
LAST = 5
LOCK_TIMEOUT = "500ms"  # behind a file that waits for its lock, everybody waits as long
REPORT = 3
_LINE = re.compile(r"  ↑ (\w+) *(?P<took>\d.*)?")
_TRIED = re.compile(r"try \d+ of \d+ in")


@dataclass
class Applied:
    """What `footing migrate` did: each file with its beginning and end, and how often it tried again."""

    began: float
    ended: float = 0.0
    files: dict[str, tuple[float, float]] = field(default_factory=dict)
    took: dict[str, str] = field(default_factory=dict)  # by the runner's own clock
    retries: int = 0
    failure: str = ""


@dataclass
class Measured:
    """What the programs met before, during and after."""

    kinds: list[str]
    samples: list[Sample]
    applied: Applied
    connections: int
    pause: float  # seconds
    lock_timeout: str

    def phase(self, name: str, kind: str | None = None) -> list[Sample]:
        """Return the transactions of a phase; one that touches the migrations is `during`."""
        began, ended = self.applied.began, self.applied.ended
        if name == "before":
            met = [s for s in self.samples if s.ended < began]
        elif name == "after":
            met = [s for s in self.samples if s.began > ended]
        else:
            met = [s for s in self.samples if s.ended >= began and s.began <= ended]
        return [s for s in met if kind in (None, s.kind)]

    def errors(self) -> list[str]:
        """Return what failed, each once."""
        found = {f"{s.kind}: {s.error}" for s in self.samples if s.error}
        return sorted(found) + [self.applied.failure] * bool(self.applied.failure)

    def stalls(self) -> dict[str, float]:
        """Return the longest transaction of each kind while the migrations ran, in seconds."""
        return {
            kind: max((s.seconds for s in self.phase("during", kind)), default=0.0) for kind in self.kinds
        }

    def over(self, bar: float) -> list[str]:
        """Return the kinds that stood longer than the bar."""
        return [kind for kind, seconds in self.stalls().items() if seconds > bar]

    def worst(self, identity: str) -> Sample | None:
        """Return the longest transaction that touches the time of one file."""
        began, ended = self.applied.files[identity]
        met = (s for s in self.samples if s.ended >= began and s.began <= ended)
        return max(met, key=lambda s: s.seconds, default=None)


def footing(target: Target, root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start the runner on a database."""
    return subprocess.Popen(
        [sys.executable, "-m", "runner", *arguments],
        env={**os.environ, "DATABASE_URL": target.conninfo(), "FOOTING_SQL": str(root)},
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def apply(target: Target, root: Path, lock_timeout: str, gave_way: Callable[[int], None]) -> Applied:
    """Run `footing migrate` to its end, noting when it says what, and telling how often it tried again."""
    done = Applied(time.monotonic())
    process = footing(target, root, "migrate", "--lock-timeout", lock_timeout)
    assert process.stdout  # noqa: S101 (a pipe was asked for)
    said = ""
    while chunk := os.read(process.stdout.fileno(), 4096):
        now = time.monotonic()
        said += chunk.decode(errors="replace")
        for match in filter(None, map(_LINE.match, said.split("\n"))):
            began, ended = done.files.get(match[1], (now, 0.0))
            done.files[match[1]] = (began, ended or (now if match["took"] else 0.0))
            done.took[match[1]] = match["took"] or "-"
        done.retries = len(_TRIED.findall(said))
        gave_way(done.retries)
    done.ended = time.monotonic()
    done.files = {name: (began, ended or done.ended) for name, (began, ended) in done.files.items()}
    if process.wait():
        done.failure = f"footing migrate exited {process.returncode}: {said.strip().splitlines()[-1]}"
    return done


def measure(
    target: Target,
    root: Path,
    *,
    calm: float,
    pause: float,
    lock_timeout: str = LOCK_TIMEOUT,
    report: int = REPORT,
    login: Target | None = None,
) -> Measured:
    """Apply what is pending under load, with `calm` seconds of load before and after.

    A report keeps the big table open until the runner has given way to it `report` times. The programs
    come in by `login`, where one is named, and by the superuser's own in their role.
    """
    load = Load(target, login or target, CONNECTIONS, pause)
    load.start()
    try:
        load.go_on(calm)
        with a_report(login or target) as end:
            if not report:
                end()
            applied = apply(
                target, root, lock_timeout, lambda tried: end() if tried >= report > 0 else None
            )
        load.go_on(calm)
    finally:
        samples = load.stop()
    return Measured(load.kinds(), samples, applied, CONNECTIONS, pause, lock_timeout)


def newest(root: Path, last: int | None) -> int:
    """Return how many migrations the newest release has: those since the last tag, or else five."""
    if last is not None:
        return last
    tag = ["git", "-C", str(root), "describe", "--tags", "--abbrev=0"]
    found = subprocess.run(tag, check=False, capture_output=True, text=True)
    added = len(since(root, found.stdout.strip())) if found.returncode == 0 else 0
    return added or LAST


@click.command()
@click.option("--executions", metavar="N", type=int, default=1_000_000, show_default=True,
              help="Rows of the big table.")  # fmt: skip
@click.option("--last", metavar="N", type=int,
              help="How many migrations to apply anew (default: since the last tag, or 5).")  # fmt: skip
@click.option("--calm", metavar="SECONDS", type=float, default=10.0, show_default=True,
              help="How long to measure before and after.")  # fmt: skip
@click.option("--pause", metavar="MS", type=float, default=20.0, show_default=True,
              help="How long each program rests between transactions.")  # fmt: skip
@click.option("--bar", metavar="SECONDS", type=float, default=BAR, show_default=True,
              help="The longest a transaction may take.")  # fmt: skip
@click.option("--lock-timeout", metavar="DURATION", default=LOCK_TIMEOUT, show_default=True,
              help="How long a migration waits for a lock in one try.")  # fmt: skip
@click.option("--report", metavar="N", type=int, default=REPORT, show_default=True,
              help="How often it must give way to a report on the big table; 0: none runs.")  # fmt: skip
@click.option("-d", "--database", metavar="CONNINFO", help="A server to make a scratch database on.")
@click.option("--no-write", is_flag=True, help="Leave docs/downtime.md as it is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def main(
    executions: int,
    last: int | None,
    calm: float,
    pause: float,
    bar: float,
    lock_timeout: str,
    report: int,
    database: str | None,
    no_write: bool,
    as_json: bool,
) -> None:
    """Apply the newest migrations under load and write docs/downtime.md: errors, stalls, latencies.

    Works in a scratch database, which a superuser may make and which is dropped.

    \b
    Example:
      make downtime
      make downtime ARGS="--executions 20000 --calm 2 --no-write"

    Exit codes: 0 within the bars, 1 an error or a stall over the bar, and otherwise as footing.
    """
    output = Output("downtime", as_json=as_json)
    options = Options(database)
    try:
        target = resolve(options, output)
        number = newest(options.root, last)
        with scratch(target, "downtime") as made, tempfile.TemporaryDirectory() as folder:
            found = _prepared(made.create("load"), options.root, executions, number)
            sql = copied(options.root, Path(folder), RELEASE)
            click.echo(f"applying {number} + {len(RELEASE)} migrations under load", err=True)
            measured = measure(
                found, sql, calm=calm, pause=pause / 1000, lock_timeout=lock_timeout, report=report
            )
            version = _version(found)
    except RunnerError as error:
        output.aside(f"error: {error.message}" + (f"\n  next: {error.hint}" if error.hint else ""))
        sys.exit(error.exit_code)
    met = not measured.errors() and not measured.over(bar)
    _report(measured, bar, output, met)
    if not no_write:
        page.write(measured, bar, executions, number, version)
        output.line(f"wrote {page.PAGE.relative_to(CHECKOUT)} and {page.CHART.relative_to(CHECKOUT)}")
    sys.exit(0 if met else 1)


def _prepared(target: Target, root: Path, executions: int, number: int) -> Target:
    """Migrate a new database, fill it, and roll the newest migrations back."""
    with migrating(target, str(root)) as session:
        work.migrate(session, session.files, Quiet())
        work.top_up(session, Quiet())
    click.echo(f"loading {executions:,} executions", err=True)
    fill(target, executions)
    if number:
        said, _ = (undo := footing(target, root, "rollback", "--steps", str(number), "--yes")).communicate()
        if undo.returncode:
            raise click.ClickException(f"footing rollback exited {undo.returncode}: {said.decode()}")
    return target


def _version(target: Target) -> str:
    import psycopg  # nothing else here talks to the server itself

    with psycopg.connect(target.conninfo()) as connection:
        number = connection.info.server_version
    return f"{number // 10_000}.{number % 10_000}"


def _report(measured: Measured, bar: float, output: Output, met: bool) -> None:
    header, *rows = page.kinds_table(measured)
    output.table(tuple(cell.upper() for cell in header), rows)
    header, *rows = page.files_table(measured)
    output.line()
    output.table(tuple(cell.upper() for cell in header), rows)
    output.line()
    for error in measured.errors():
        output.line(f"error: {error}", fg="red")
    for kind in measured.over(bar):
        output.line(f"{kind} took {measured.stalls()[kind]:.2f} s, over the bar of {bar:g} s", fg="red")
    if met:
        longest = max(measured.stalls().values())
        output.line(f"no error; the longest transaction took {page.milliseconds(longest)}", fg="green")
    output.line(f"the runner tried again {count(measured.applied.retries, 'time')}")
    output.document(
        {
            "ok": met,
            "exit_code": 0 if met else 1,
            "errors": measured.errors(),
            "stalls_ms": {kind: round(s * 1000, 1) for kind, s in measured.stalls().items()},
            "over": measured.over(bar),
            "retries": measured.applied.retries,
            "transactions": {name: len(measured.phase(name)) for name in page.PHASES},
        }
    )


if __name__ == "__main__":
    main()
