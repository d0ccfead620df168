"""Programs of two versions back go on without an error while the newest two migrations are applied."""

import shutil
from pathlib import Path

from runner import files
from runner.settings import home
from tests.support.database import Database
from tests.support.footing import Footing
from tests.support.old_programs import STATEMENTS, OldRelease


def _failures(db: Database, footing: Footing, sql: Path) -> list[str]:
    """Apply a folder's newest two migrations under the programs of before; return what failed for them."""
    *_, before, last_but_one, last = (str(file.number) for file in files.find(sql))
    footing("migrate", "--to", before, database=db.url("test_deploy"), sql=sql, check=True)
    old = OldRelease(db)
    try:
        old.go_on()
        for number in (last_but_one, last):
            footing("migrate", "--to", number, database=db.url("test_deploy"), sql=sql, check=True)
            old.go_on()
    finally:
        failures = old.stop()
    for program in old.programs:
        if program.product != "copilot":  # which may be newer than what is tested
            assert program.known == STATEMENTS[program.product], f"{program.product} has lost a statement"
    return failures


def test_the_newest_two_migrations_break_no_program_of_before(
    prepared_db: Database, footing: Footing
) -> None:
    assert _failures(prepared_db, footing, home()) == []


# A release too early: one takes what old programs read, the other refuses what they write.
CONTRACTING = {
    "drop_test_suites_description": (
        "ALTER TABLE atmosfera.test_suites DROP COLUMN description;",
        "ALTER TABLE atmosfera.test_suites ADD COLUMN description text;",
    ),
    "forbid_chrome": (
        "ALTER TABLE webtest.test_executions ADD CONSTRAINT test_executions_not_in_chrome_check"
        " CHECK (browser <> 'chrome') NOT VALID;",
        "ALTER TABLE webtest.test_executions DROP CONSTRAINT test_executions_not_in_chrome_check;",
    ),
}


def test_two_migrations_that_contract_too_early_are_found_out(
    migrated_db: Database, footing: Footing, tmp_path: Path
) -> None:
    sql = tmp_path / "sql"
    shutil.copytree(home(), sql)
    newest = files.find(sql)[-1].number
    for number, (name, (up, down)) in enumerate(CONTRACTING.items(), newest + 1):
        stem = f"{number:04}_{name}"
        (sql / "migrations" / f"{stem}.sql").write_text(f"{up}\n")
        (sql / "migrations" / f"{stem}.rollback.sql").write_text(f"{down}\n")

    failures = _failures(migrated_db, footing, sql)

    refused = 'new row for relation "test_executions" violates check constraint'
    refused += ' "test_executions_not_in_chrome_check"'
    assert {*failures} - {f"webtest, a run ends: {refused}"} == {  # if it began before the constraint
        'atmosfera, suites: column "description" does not exist',
        f"webtest, a run begins: {refused}",
    }
