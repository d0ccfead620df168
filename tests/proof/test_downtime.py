"""The newest migrations and a release of usual changes are applied under load, and no program fails."""

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from runner.settings import home, parse
from tests.support.database import Database
from tests.support.footing import Footing
from tools.downtime import page
from tools.downtime.load import STATEMENTS, fill
from tools.downtime.measure import BAR, Measured, measure
from tools.downtime.release import RELEASE, copied

PAUSE = 0.001  # seconds


def _measured(
    db: Database, folder: Path, release: Mapping[str, tuple[str, str]], report: int, executions: int
) -> Measured:
    """Apply what is pending and this release behind it, under programs of the application's login."""
    superuser, login = parse(db.url(), "test"), parse(db.url("test_app"), "test")
    fill(superuser, executions)
    sql = copied(home(), folder, release)
    return measure(superuser, sql, calm=0.1, pause=PAUSE, report=report, login=login)


@pytest.mark.timeout(300)
def test_no_program_meets_an_error_while_migrations_are_applied(
    migrated_db: Database, footing: Footing, tmp_path: Path
) -> None:
    footing("rollback", "--steps", "2", "--yes", database=migrated_db, check=True)

    measured = _measured(migrated_db, tmp_path, RELEASE, report=2, executions=20_000)

    assert measured.errors() == []
    assert measured.kinds == list(STATEMENTS), "nothing was left out as unknown"
    for phase in page.PHASES:
        ran = {sample.kind for sample in measured.phase(phase)}
        assert ran == {*measured.kinds}, f"not every kind ran {phase}"
    assert len(measured.applied.files) == 2 + len(RELEASE)
    assert measured.applied.retries >= 2, "it gave way to the report"
    assert all(began <= ended for began, ended in measured.applied.files.values())
    ended = "SELECT count(*) FROM webtest.test_executions WHERE execution_id ~ '^LIVE' AND result = 'pass'"
    assert migrated_db.admin.execute(ended).fetchone()[0] > 0, "a run that begins also ends"
    drawn = ElementTree.fromstring(page.chart(measured, BAR))  # noqa: S314 (our own)
    titles = [title.text for title in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == list(measured.applied.files), "the chart marks each migration"


# What the tool must notice: the lock is kept for a second of work, and a column that is read goes away.
HOLDING_AND_DROPPING = {
    "migrations/hold_the_table": (
        "LOCK TABLE webtest.test_executions IN ACCESS EXCLUSIVE MODE;\n"
        "DO $$ BEGIN WHILE clock_timestamp() < now() + interval '1 s' LOOP END LOOP; END $$;",
        "SELECT 1;",
    ),
    "migrations/drop_screenshots": (
        "ALTER TABLE webtest.test_executions DROP COLUMN screenshots;",
        "ALTER TABLE webtest.test_executions ADD COLUMN screenshots text[];",
    ),
    "migrations/fail": ("SELECT 1 / 0;", "SELECT 1;"),
}


def test_a_lock_that_is_held_a_column_in_use_and_a_failure_are_noticed(
    migrated_db: Database, tmp_path: Path
) -> None:
    measured = _measured(migrated_db, tmp_path, HOLDING_AND_DROPPING, report=0, executions=1000)

    of_the_table = {kind for kind, text in STATEMENTS.items() if "test_executions" in text}
    assert {*measured.over(0.5)} & of_the_table, "a stall of a second"
    assert measured.over(60) == [], "the bar decides"
    stalled = next(name for name in measured.applied.files if name.endswith("hold_the_table"))
    assert measured.worst(stalled).seconds > 0.5
    dropped, failed = measured.errors()
    assert dropped == 'latest failures: column "screenshots" does not exist'
    assert failed.startswith("footing migrate exited 6:")
