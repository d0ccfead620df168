"""One drill: write, lose the server with its disk, get it back, and look whether everything is there."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from tests.support.waiting import wait_until
from tools.drill.checks import Before, Check, all_checks, carried_out, look
from tools.drill.content import Wrong
from tools.drill.sabotage import SABOTAGES
from tools.drill.world import World, back_up, furnish, running_world, say, synchronous_standby
from tools.drill.writers import Acknowledged, Ledger, present, writing

RTO = 60.0  # seconds from the loss to the first write that is acknowledged and read back
RPO = 60.0  # seconds of acknowledged writes that may be lost with an archive
FIRST_WRITE = 60.0  # seconds after which a recovered server that takes no write is given up
ARCHIVE, SYNCHRONOUS = "archive", "synchronous"


@dataclass
class Result:
    """What a drill came to."""

    mode: str  # archive: restored from pgBackRest; synchronous: failed over to the standby
    scale: float
    megabytes: int = 0  # of the cluster, as it was backed up
    acknowledged: int = 0
    per_second: int = 0
    lost: int | None = None  # None: never found out
    rpo: float | None = None  # seconds between the oldest lost row's acknowledgement and the loss
    rto: float | None = None
    recovered: float | None = None  # seconds of it that the restore, or the promotion, took
    verified: float = 0.0  # seconds of the checks
    checks: list[Check] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything was checked and everything held."""
        return bool(self.checks) and all(check.ok for check in self.checks)


def drill(
    scale: float, seconds: float, archive_timeout: float, synchronous: bool, sabotage: str | None
) -> Result:
    """Carry one out, on a server and a store of its own that are gone afterwards.

    It writes for so many seconds before the loss; WAL is archived every `archive_timeout` seconds or 16 MB.
    """
    result = Result(SYNCHRONOUS if synchronous else ARCHIVE, scale)
    with running_world(archive_timeout) as world:
        furnish(world, scale)
        say("looking at what is there")
        before = look(world)
        if synchronous:
            with synchronous_standby(world):
                _survive(world, result, seconds, sabotage)
                _check(world, result, before)
        else:
            _survive(world, result, seconds, sabotage)
            _check(world, result, before)
    return result


def _survive(world: World, result: Result, seconds: float, sabotage: str | None) -> None:
    """Write, lose the server, get it back, and read what was acknowledged."""
    with writing(world) as ledger:
        _go_on(ledger, seconds / 2)
        label = back_up("diff")
        _go_on(ledger, seconds / 2)
        result.megabytes = world.backed.backups()[-1]["info"]["size"] >> 20
        began_at = min(row.answered for row in ledger.until(time.monotonic()))
        say(f"killing the server and deleting its disk; {len(ledger.rows):,} rows acknowledged, {label}")
        lost_at, down_at = world.lose()
        before_loss = ledger.until(down_at)
        result.acknowledged = len(before_loss)
        result.per_second = round(len(before_loss) / (down_at - began_at))
        if sabotage:
            say(f"sabotage: {sabotage}")
            SABOTAGES[sabotage](world)
        back = carried_out("the server is back", lambda: _back(world, result))
        result.checks.append(back)
        if not back.ok:
            return
        result.checks.append(
            carried_out(
                f"takes writes within {RTO:g} s",
                lambda: _takes_writes(world, result, ledger, lost_at, down_at),
            )
        )
    result.checks.append(
        carried_out(
            "acknowledged rows",
            lambda: acknowledged_rows(result, before_loss, present(world.target), lost_at),
        )
    )


def _go_on(ledger: Ledger, seconds: float) -> None:
    """Return after so long; raise TimeoutError where nothing is acknowledged in that time."""
    already = len(ledger.rows)
    threading.Event().wait(seconds)
    wait_until(lambda: len(ledger.rows) > already, 30, "no write is acknowledged")


def _back(world: World, result: Result) -> str:
    if result.mode == SYNCHRONOUS:
        result.recovered = round(world.fail_over(), 1)
        return f"promoted in {result.recovered} s"
    result.recovered = round(world.restore(), 1)
    return f"restored in {result.recovered} s, and recovered to the end of the archive"


def _takes_writes(world: World, result: Result, ledger: Ledger, lost_at: float, down_at: float) -> str:
    """Wait for the first write since the loss, read it back on another connection, and compare the time."""
    wait_until(lambda: ledger.first_since(down_at) is not None, FIRST_WRITE, "no write is acknowledged")
    first = ledger.first_since(down_at)
    assert first  # noqa: S101 (waited for)
    if present(world.target).get(first.name) != first.digest:
        raise Wrong(f"the write {first.name} was acknowledged and is not there")
    result.rto = round(time.monotonic() - lost_at, 1)
    if result.rto > RTO:
        raise Wrong(f"{result.rto} s after the loss")
    return f"{result.rto} s after the loss"


def acknowledged_rows(
    result: Result, before_loss: list[Acknowledged], found: dict[str, str], lost_at: float
) -> str:
    """Compare what was acknowledged with what is there, and what is missing with what may be."""
    if not before_loss:
        raise Wrong("nothing was acknowledged before the loss, so that nothing is shown")
    missing = [row for row in before_loss if row.name not in found]
    other = [row.name for row in before_loss if row.name in found and found[row.name] != row.digest]
    result.lost = len(missing)
    result.rpo = round(max((lost_at - row.answered for row in missing), default=0.0), 1)
    said = f"{len(missing):,} of {len(before_loss):,} lost, the oldest {result.rpo} s before the loss"
    if other:
        raise Wrong(f"{len(other)} rows are not what was written: {other[:5]}")
    if missing and result.mode == SYNCHRONOUS:
        raise Wrong(f"{said}, though the standby had them")
    if result.rpo > RPO:
        raise Wrong(f"{said}; the bar is {RPO:g} s")
    return said


def _check(world: World, result: Result, before: Before) -> None:
    if not all(check.ok for check in result.checks):
        return  # there is no server to look at, or it is shown already that it is not the one that was lost
    say("checking what came back")
    began = time.monotonic()
    for name, check in all_checks(world, before).items():
        result.checks.append(carried_out(name, check))
    result.verified = round(time.monotonic() - began, 1)
