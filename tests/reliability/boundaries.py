"""The moments of a run at which it is struck, and how a run is brought to each and held there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runner import locking
from tests.reliability.scratch import Place
from tests.reliability.stage import Stage, UnreadOutput

_READER = "LOCK TABLE s1.{} IN ACCESS SHARE MODE"
_MAINTENANCE = "LOCK TABLE s1.t IN SHARE UPDATE EXCLUSIVE MODE"
_WAITING = "wait_event_type = 'Lock' AND query LIKE '%{}%'"
_BUILDING = "SELECT FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase = '{}'"


@dataclass(frozen=True)
class Boundary:
    """A moment: its name in a test's id, its words in the report, and how a run gets there."""

    name: str
    words: str
    approach: Callable[[Stage], None]
    begins: str = "base"  # the template: nothing, prepared, base (0001 applied), done (all applied)
    orphan_stays: bool = False  # what a killed runner left ends only when what it waits for is given


def _in_bootstrap(stage: Stage) -> None:
    stage.login = "postgres"
    stage.hold("LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE")
    stage.start("migrate")
    stage.until_session(_WAITING.format("bootstrap"))


def _in_bookkeeping(stage: Stage) -> None:
    stage.hold("CREATE SCHEMA footing")
    stage.start("migrate")
    stage.until_session(_WAITING.format("CREATE SCHEMA footing"))


def _waiting_for_another(stage: Stage) -> None:
    stage.hold(f"SELECT pg_advisory_xact_lock({locking.KEY})")
    stage.start("migrate")
    stage.wait(lambda: "waiting for another runner" in stage.said, "it says whom it waits for")


def _behind_the_lock(stage: Stage) -> None:
    stage.output = UnreadOutput(stage.folder)
    stage.output.fill()
    stage.start("migrate")
    stage.until_session("state = 'idle' AND query LIKE '%FROM footing.checksums AS c%'")


def _between_files(stage: Stage) -> None:
    stage.output = UnreadOutput(stage.folder)
    gate = stage.shut(2, Place.IN_THE_FILE)
    stage.start("migrate")
    stage.until_at(2, Place.IN_THE_FILE)
    stage.output.fill()
    gate.close()
    stage.until("SELECT FROM footing.checksums WHERE migration_id LIKE '0002%'")


def _between_tries(stage: Stage) -> None:
    stage.hold(_READER.format("w"))
    stage.start("migrate")
    stage.wait(lambda: "try 3 of 10 in" in stage.said, "it says when it tries again")


def _at(number: int, place: Place, *command: str) -> Callable[[Stage], None]:
    def approach(stage: Stage) -> None:
        stage.shut(number, place)
        stage.start(*(command or ("migrate",)))
        stage.until_at(number, place)

    return approach


def _behind_a_note(what: str, *command: str) -> Callable[[Stage], None]:
    """Keep the index's table, so that its `started` row is committed and the statement does nothing yet."""

    def approach(stage: Stage) -> None:
        stage.hold(_MAINTENANCE)
        stage.start(*command)
        stage.until_session(_WAITING.format(what))

    return approach


def _building(obstacle: str, phase: str) -> Callable[[Stage], None]:
    def approach(stage: Stage) -> None:
        stage.hold(obstacle)
        stage.start("migrate")
        stage.until(_BUILDING.format(phase))

    return approach


def _rebuilding(stage: Stage) -> None:
    """Make a run that was killed before meet a reader when it drops the INVALID index of that one."""
    _building(_OLD_SNAPSHOT, "waiting for old snapshots")(stage)
    stage.ask(f"SELECT pg_terminate_backend(pid) FROM ({stage.sessions}) AS s")
    stage.end()
    stage.settle()
    stage.release()
    stage.hold(_READER.format("t"))
    stage.start("migrate")
    stage.until_session(_WAITING.format("DROP INDEX CONCURRENTLY"))


def _dropping(stage: Stage) -> None:
    stage.hold(_READER.format("t"))
    stage.start(*_UNDO_INDEX)
    stage.until_session(_WAITING.format("DROP INDEX CONCURRENTLY") + " AND wait_event = 'virtualxid'")


_OLD_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_catalog.pg_class"
_WRITER = "INSERT INTO s1.t VALUES (0)"
_UNDO = ("rollback", "--yes")
_UNDO_INDEX = ("rollback", "--steps", "2", "--yes")

BOUNDARIES = (
    Boundary("in-bootstrap", "in sql/bootstrap.sql, preparing a database",
             _in_bootstrap, "nothing", orphan_stays=True),
    Boundary("in-bookkeeping", "creating the bookkeeping tables", _in_bookkeeping, "prepared"),
    Boundary("waiting-for-another-run", "waiting for another run to end", _waiting_for_another),
    Boundary("before-the-first-file", "inside the migration lock, before the first file", _behind_the_lock),
    Boundary("in-the-file", "in a file", _at(2, Place.IN_THE_FILE)),
    Boundary("before-the-record", "between a file and its records", _at(2, Place.BEFORE_THE_RECORD)),
    Boundary("at-commit", "at COMMIT, the records written", _at(2, Place.AT_COMMIT)),
    Boundary("between-files", "between a file and the next", _between_files),
    Boundary("in-the-second-file", "in the next file", _at(3, Place.IN_THE_FILE)),
    Boundary("between-tries", "waiting to try again after a lock timeout", _between_tries),
    Boundary("at-the-started-row", "concurrent index: at the COMMIT of its `started` row",
             _at(4, Place.AT_NOTE)),
    Boundary("behind-the-started-row", "concurrent index: `started`, the statement not begun",
             _behind_a_note("CREATE INDEX", "migrate")),
    Boundary("in-concurrent-index-first-wait", "concurrent index: in the statement, nothing built yet",
             _building(_WRITER, "waiting for writers before build")),
    Boundary("in-concurrent-index", "concurrent index: in the statement, built and not yet valid",
             _building(_OLD_SNAPSHOT, "waiting for old snapshots")),
    Boundary("before-the-index-record", "concurrent index: between the statement and its records",
             _at(4, Place.BEFORE_THE_RECORD)),
    Boundary("at-the-index-commit", "concurrent index: at the COMMIT of its records",
             _at(4, Place.AT_COMMIT)),
    Boundary("dropping-an-invalid-index", "concurrent index: dropping the INVALID one of a killed run",
             _rebuilding),
    Boundary("in-a-rollback", "rollback: in the file",
             _at(5, Place.IN_THE_FILE, *_UNDO), "done"),
    Boundary("before-the-rollback-record", "rollback: between the file and its records",
             _at(5, Place.BEFORE_THE_RECORD, *_UNDO), "done"),
    Boundary("at-the-rollback-commit", "rollback: at COMMIT, the records written",
             _at(5, Place.AT_COMMIT, *_UNDO), "done"),
    Boundary("at-the-reverting-row", "its rollback: at the COMMIT of its `reverting` row",
             _at(4, Place.AT_NOTE, *_UNDO_INDEX), "done"),
    Boundary("behind-the-reverting-row", "its rollback: `reverting`, the statement not begun",
             _behind_a_note("DROP INDEX", *_UNDO_INDEX), "done"),
    Boundary("in-drop-index", "its rollback: in DROP INDEX CONCURRENTLY", _dropping, "done"),
    Boundary("before-the-drop-record", "its rollback: between the statement and its records",
             _at(4, Place.BEFORE_THE_RECORD, *_UNDO_INDEX), "done"),
    Boundary("at-the-drop-commit", "its rollback: at the COMMIT of its records",
             _at(4, Place.AT_COMMIT, *_UNDO_INDEX), "done"),
)  # fmt: skip
