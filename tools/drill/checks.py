"""What must hold of a server that came back. A check that could not be carried out has failed."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ops.backup import pgbackrest
from ops.backup.pgbackrest import BackupError
from tests.plans.conftest import Plan, Sample
from tests.plans.test_plans import HOT, parameters
from tests.support.account import run_as_server
from tests.support.database import Database
from tests.support.footing import Footing
from tools.drill.content import Content, Wrong, content, references, same_content
from tools.drill.world import PATIENCE, World

WRITTEN = "project_events"
Parameters = dict[str, dict[str, int | str]]
T = TypeVar("T")
SLOWER = 3.0  # times as slow in all: a machine that is busy with something else is no defect
_SEGMENT = re.compile(r"\b([0-9A-F]{8})([0-9A-F]{8})000000([0-9A-F]{2})-[0-9a-f]{40}")
_OF_A_LOG = 256  # segments of 16 MB in one of WAL's logs of 4 GB
_BUSY = ("--limit", "connect=60000", "--limit", "round_trip=60000", "--timeout", "60")


@dataclass(frozen=True)
class Check:
    """What one check came to."""

    name: str
    ok: bool
    said: str
    seconds: float = 0.0


@dataclass
class Before:
    """What was there when the writers began."""

    content: Content
    asked: Parameters  # what the hot queries were asked for: the commonest and the rarest, at that time
    plans: dict[str, Plan]


def carried_out(name: str, check: Callable[[], str]) -> Check:
    """Carry out a check: what it says where it holds, and what it found or what kept it from looking."""
    began = time.monotonic()
    try:
        ok, said = True, check()
    except Wrong as found:
        ok, said = False, str(found)
    except BackupError as error:
        ok, said = False, f"{error}; {_reason(error.said)}"
    except Exception as error:  # whatever it is, nothing was shown to be right
        ok, said = False, f"could not be carried out: {type(error).__name__}: {error}".strip()
    return Check(name, ok, said, round(time.monotonic() - began, 1))


def _reason(said: str) -> str:
    """Return the errors of what pgBackRest printed, each line of them short enough to be read."""
    found = [line.partition("ERROR: ")[2][:300] for line in said.splitlines() if "ERROR: " in line]
    return "; ".join(found) or said.strip()[-300:]


def look(world: World) -> Before:
    """Return what is there."""
    asked = _with_sample(world, parameters)
    return Before(content(world.target), asked, plans(world, asked))


def all_checks(world: World, before: Before) -> dict[str, Callable[[], str]]:
    """Return the checks of a recovered server, in their order. The last of them stops it."""
    return {
        "recovery has ended": lambda: recovery_ended(world),
        "archive": archive_is_whole,
        "archiving goes on": archiving_goes_on,
        "content of each tenant": lambda: same_content(before.content, content(world.target)),
        "foreign keys": lambda: references(world.target),
        "footing verify": lambda: footing(world, "verify"),
        "footing health": lambda: healthy(world),
        "plans": lambda: same_plans(before.plans, plans(world, before.asked)),
        "pg_amcheck": lambda: amcheck(world),
        "page checksums": lambda: healthy_pages(world),
    }


def recovery_ended(world: World) -> str:
    """Check that the server is a primary."""
    if world.server.value("SELECT pg_is_in_recovery()") is not False:
        raise Wrong("the server still replays WAL")
    segment = str(world.server.value("SELECT pg_walfile_name(pg_current_wal_lsn())"))
    return f"timeline {int(segment[:8], 16)}"


def archive_is_whole() -> str:
    """Check that no WAL segment is missing between others: recovery ends before it, and says nothing."""
    listed = pgbackrest.run("--recurse", "repo-ls", f"archive/{pgbackrest.STANZA}")
    found: dict[str, set[int]] = {}
    for timeline, log, segment in _SEGMENT.findall(listed):
        found.setdefault(timeline, set()).add(int(log, 16) * _OF_A_LOG + int(segment, 16))
    missing = [
        f"{timeline}{number // _OF_A_LOG:08X}{number % _OF_A_LOG:08X}"
        for timeline, numbers in found.items()
        for number in range(min(numbers), max(numbers))
        if number not in numbers
    ]
    if not found:
        raise Wrong("the archive holds no WAL segment at all")
    if missing:
        raise Wrong(f"WAL segments are missing between others, and so is what came after: {missing}")
    return f"{sum(map(len, found.values()))} WAL segments, none missing"


def archiving_goes_on() -> str:
    """Check that what is written from now on reaches the archive."""
    pgbackrest.run("check")
    return "a WAL segment reached the archive"


def footing(world: World, *command: str) -> str:
    """Check that a command of the runner exits 0."""
    done = Footing(world.backed.folder)(*command, database=world.target.conninfo(), timeout=PATIENCE)
    if done.returncode:
        raise Wrong(f"exited {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "ok"


def healthy(world: World) -> str:
    """Check that nothing of `footing health` fails; the times to connect are this busy machine's."""
    done = Footing(world.backed.folder)(
        "health", *_BUSY, database=world.target.conninfo(), timeout=PATIENCE
    )
    told = json.loads(done.stdout)
    bad = {
        name: facts["detail"]
        for name, facts in told["checks"].items()
        if facts["state"] in ("fail", "unknown")
    }
    if bad or not told["ok"]:
        raise Wrong(f"{bad}")
    return (
        f"{told['state']}: it {told['checks']['writable']['detail'].replace('a primary', 'takes writes')}"
    )


def plans(world: World, asked: Parameters) -> dict[str, Plan]:
    """Run the hot queries of tests/plans as the application does; return what each did.

    Without those of the table that the drill writes to: it has other rows afterwards.
    """
    return _with_sample(
        world,
        lambda sample: {
            f"{hot.name}, {label}": sample.run(
                hot.query.format(**values), hot.path, sample.analyst if hot.analyst else None
            )
            for label, values in asked.items()
            for hot in HOT
            if WRITTEN not in hot.query
        },
    )


def _with_sample(world: World, work: Callable[[Sample], T]) -> T:
    database = Database(world.server, world.database)
    try:
        return work(Sample(database))
    finally:
        database.close()


def same_plans(before: dict[str, Plan], after: dict[str, Plan]) -> str:
    """Check that each query gives as many rows by the same indexes, no more buffers, about as fast."""
    worse = []
    for name, was in before.items():
        now = after[name]
        if (now.rows, now.indexes, now.scanned) != (was.rows, was.indexes, was.scanned):
            ways = [f"{plan.rows} rows by {sorted(plan.indexes | plan.scanned)}" for plan in (now, was)]
            worse.append(f"{name}: {ways[0]}, before {ways[1]}")
        elif now.buffers > was.buffers * 1.1 + 16:
            worse.append(f"{name}: {now.buffers} buffers, before {was.buffers}")
    took = [sum(plan.milliseconds for plan in found.values()) for found in (before, after)]
    if not before or worse:
        raise Wrong("; ".join(worse) or "no query was run")
    if took[1] > took[0] * SLOWER:
        raise Wrong(f"the same plans take {took[1]:.0f} ms, before {took[0]:.0f}")
    return f"{len(before)} queries by the same plans, {took[1]:.0f} ms in all (before {took[0]:.0f})"


def amcheck(world: World) -> str:
    """Check every table and index with pg_amcheck, each index against its table's rows."""
    recovery_ended(world)  # before that, what it says is about a state in between
    server = world.server
    where = ["-h", server.host, "-p", str(server.port), "-U", server.superuser, "-d", world.database]
    said = _run(
        world, ["pg_amcheck", *where, "--install-missing=pg_catalog", "--heapallindexed", "-j", "2"]
    )
    world.server.execute("DROP EXTENSION amcheck", world.database)
    return said.strip() or "no complaint"


def healthy_pages(world: World) -> str:
    """Stop the server and check every page's checksum."""
    world.server.stop("fast")
    said = _run(world, ["pg_checksums", "--check", "-D", str(world.server.datadir)])
    scanned = re.search(r"Blocks scanned:\s+(\d+)", said)
    if not scanned or not int(scanned[1]):
        raise Wrong(f"pg_checksums read nothing: {said.strip()}")
    return f"{int(scanned[1]):,} pages, none broken"


def _run(world: World, command: list[str]) -> str:
    """Run a program of the server's version as its account; raise Wrong with its words where it fails."""
    done = subprocess.run(
        [world.server.bindir / command[0], *command[1:]], check=False, cwd="/", capture_output=True,
        text=True, timeout=PATIENCE, **run_as_server(),
    )  # fmt: skip
    if done.returncode:
        raise Wrong(f"{command[0]} exited {done.returncode}: {(done.stdout + done.stderr).strip()[-500:]}")
    return done.stdout
