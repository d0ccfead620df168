"""What yoyo 9.0 does, and where it is proved that the runner does something else.

The numbers are those of a reading of yoyo's source; ANSWERS is the table, the tests below are the
lines that no other file covers.
"""

import importlib

import click
import pytest

from runner.cli import cli
from tests.runner.conftest import Project
from tests.support.scratch_tables import tables

# number, what yoyo does: the tests of the runner's answer
ANSWERS = {
    "1 records apart from the file": ["test_migrate.test_a_file_and_its_records_are_one_transaction"],
    "2 a lock row that outlives its runner": [
        "test_locking.test_a_killed_runner_leaves_no_lock_behind",
        "test_locking.test_a_signal_ends_it_cleanly_with_a_code_of_its_own",
        "test_locking.test_reading_commands_do_not_wait_for_a_running_migration",
    ],
    "3 a lock that does not outlast an orphaned statement": [
        "test_concurrent_index.test_an_invalid_index_of_a_killed_run_is_built_again",
        "test_concurrent_index.test_two_runners_with_a_concurrent_index_do_not_deadlock",
    ],
    "4 an idle second connection": [
        "test_yoyo_quirks.test_all_files_run_on_one_connection",
        "test_migrate.test_limits_of_the_login_do_not_cut_a_migration",
    ],
    "5 lock_timeout cuts a concurrent build": [
        "test_concurrent_index.test_is_not_bound_by_the_lock_timeout_of_other_files"
    ],
    "6 probes that fail in the server's log": [
        "test_yoyo_quirks.test_no_error_reaches_the_log_of_the_server"
    ],
    "7 a failure is reversed step by step": [
        "test_migrate.test_a_failing_file_keeps_nothing_of_itself_and_everything_before_it"
    ],
    "8 IF NOT EXISTS over an invalid index counts as done": [
        "test_concurrent_index.test_if_not_exists_over_an_invalid_index_is_not_taken_for_done"
    ],
    "9 files are split by sqlparse": [
        "test_directives.test_accepts",
        "test_migrate.test_a_large_file_is_sent_whole_and_quickly",
    ],
    "10 directives that are silently ignored": ["test_directives.test_refuses"],
    "11 a savepoint for each statement": ["test_yoyo_quirks.test_no_savepoint_is_made"],
    "12 COPY, psql commands and inner transactions": ["test_directives.test_refuses"],
    "13 a connection for each migration": ["test_yoyo_quirks.test_all_files_run_on_one_connection"],
    "14 a missing rollback passes for one": [
        "test_directives.test_refuses_a_migration_without_its_rollback",
        "test_directives.test_refuses_a_rollback_that_does_nothing",
        "test_rollback.test_an_irreversible_migration_says_why_and_stays",
    ],
    "15 edits, removals and renames go unseen": [
        "test_drift.test_stops_and_says_which_file_and_what_to_do"
    ],
    "16 the order is that of each folder, by text": [
        "test_migrate.test_applies_every_pending_file_across_the_folders_in_the_order_of_the_numbers",
        "test_directives.test_refuses_a_file_called",
    ],
    "17 rollback takes the highest name": [
        "test_rollback.test_the_last_applied_goes_first_also_when_it_has_a_lower_number"
    ],
    "18 -r applies one file without those before it": ["test_migrate.test_to_stops_after_the_number"],
    "19 --force marks failures as applied": ["test_yoyo_quirks.test_nothing_can_be_forced"],
    "20 hooks that run sometimes": [
        "test_yoyo_quirks.test_a_hook_of_yoyo_is_refused_and_not_run_now_and_then"
    ],
    "21 errors by statement, no notices, rows on the terminal": [
        "test_errors.test_points_at_line_and_column_of_the_file_with_the_line_and_a_caret",
        "test_errors.test_notices_and_warnings_reach_the_terminal",
        "test_errors.test_rows_of_a_select_are_not_printed",
    ],
    "22 a pooler": ["test_connection.test_a_transaction_pooler_is_refused_before_anything_runs"],
    "23 connection strings of its own, and passwords in prompts": [
        "test_connection.test_migrates_through",
        "test_secrets.test_a_wrong_password_is_not_shown",
    ],
    "24 a plan made before the lock": [
        "test_locking.test_a_second_runner_acts_on_a_plan_made_after_the_first_has_finished"
    ],
}


@pytest.mark.parametrize("quirk", ANSWERS)
def test_has_an_answer_that_is_tested(quirk: str) -> None:
    for answer in ANSWERS[quirk]:
        module, _, test = answer.partition(".")

        assert callable(getattr(importlib.import_module(f"tests.runner.{module}"), test))


def test_no_quirk_is_left_out() -> None:
    assert [int(quirk.split()[0]) for quirk in ANSWERS] == list(range(1, 25))


def test_all_files_run_on_one_connection(project: Project) -> None:
    note = "INSERT INTO s1.t VALUES (pg_backend_pid());\n"
    project.write(tables(1), {"views/0002_a.sql": note, "migrations/0003_b.sql": note})

    project.migrate()

    first, second = project.rows("SELECT x FROM s1.t")
    assert first == second


def test_no_error_reaches_the_log_of_the_server(project: Project) -> None:
    project.write(tables(1))
    log = project.db.server.log
    before = log.stat().st_size

    for command in (["status"], ["migrate"], ["migrate"], ["verify"], ["rollback", "--yes"]):
        project.run(*command, check=True)

    written = log.read_bytes()[before:].decode(errors="replace")
    assert [line for line in written.splitlines() if "ERROR:" in line or "FATAL:" in line] == []


def test_no_savepoint_is_made(project: Project) -> None:
    project.write({"migrations/0001_many.sql": "SELECT 1;\n" * 50})
    project.db.admin.execute(f"ALTER DATABASE {project.db.name} SET log_statement = 'all'".encode())
    before = project.db.server.log.stat().st_size

    project.migrate(database=project.db.url())

    written = project.db.server.log.read_bytes()[before:]
    assert b"SELECT 1;" in written
    assert b"SAVEPOINT" not in written


def test_nothing_can_be_forced() -> None:
    context = click.Context(cli)
    options = [
        option
        for name in cli.list_commands(context)
        for parameter in getattr(cli.get_command(context, name), "params", [])
        for option in parameter.opts
    ]

    assert not {"--force", "-f", "--mark", "--break-lock"} & set(options)


def test_a_hook_of_yoyo_is_refused_and_not_run_now_and_then(project: Project) -> None:
    project.write(tables(1))
    (project.sql / "migrations/post-apply.sql").write_text("CREATE TABLE s1.hooked ();\n")

    refused = project.run("migrate")

    assert refused.returncode == 9
    assert "post-apply.sql" in refused.stderr
