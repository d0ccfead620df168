"""`footing rollback` and `footing redo`: what is lost is said and counted before it is asked for."""

from tests.runner.conftest import Project
from tests.support.scratch_tables import tables

IRREVERSIBLE = {
    "migrations/0002_shred.sql": "SELECT 1;\n",
    "migrations/0002_shred.rollback.sql": (
        "-- Loses: nothing\n"
        "DO $$ BEGIN RAISE EXCEPTION 'irreversible: the names were overwritten'\n"
        "    USING HINT = 'restore from a backup'; END $$;\n"
    ),
}


def test_undoes_the_last_applied_file_and_its_record(project: Project) -> None:
    project.write(tables(1, 2))
    project.migrate()

    project.run("rollback", "--yes", check=True)

    assert project.applied() == ["0001_create_s1"]
    assert project.rows("SELECT to_regnamespace('s2')") == [(None,)]


def test_shows_what_is_lost_and_how_many_rows_that_is_now_before_it_asks(project: Project) -> None:
    project.write(tables(1))
    project.migrate()
    project.db.admin.execute("INSERT INTO s1.t SELECT generate_series(1, 1234)")

    declined = project.run("rollback", input="n\n")

    assert declined.returncode == 1
    assert "0001_create_s1: loses table s1.t" in declined.stdout
    assert "table s1.t: 1,234 rows" in declined.stdout
    assert "Roll back 1 migration" in declined.stderr
    assert project.applied() == ["0001_create_s1"]


def test_the_rows_are_counted_past_row_security(project: Project) -> None:
    project.write(tables(1), {"migrations/0002_hide.sql": "ALTER TABLE s1.t ENABLE ROW LEVEL SECURITY;\n"})
    project.migrate()
    project.db.admin.execute("INSERT INTO s1.t VALUES (1), (2)")

    shown = project.run("rollback", "--to", "0", input="n\n").stdout

    assert "table s1.t: 2 rows" in shown


def test_goes_on_when_the_answer_is_yes(project: Project) -> None:
    project.write(tables(1))
    project.migrate()

    done = project.run("rollback", input="y\n")

    assert done.returncode == 0
    assert project.applied() == []


def test_without_an_answer_nothing_is_done(project: Project) -> None:
    project.write(tables(1))
    project.migrate()

    closed = project.run("rollback")

    assert closed.returncode == 1
    assert "Traceback" not in closed.stderr
    assert project.applied() == ["0001_create_s1"]


def test_steps_undoes_the_last_applied_first(project: Project) -> None:
    project.write(tables(1, 2, 3))
    project.migrate()

    shown = project.run("rollback", "--steps", "2", "--yes", check=True).stdout

    assert shown.index("0003_create_s3") < shown.index("0002_create_s2")
    assert project.applied() == ["0001_create_s1"]


def test_to_undoes_everything_above_the_number(project: Project) -> None:
    project.write(tables(1, 2, 3))
    project.migrate()

    project.run("rollback", "--to", "1", "--yes", check=True)

    assert project.applied() == ["0001_create_s1"]


def test_the_last_applied_goes_first_also_when_it_has_a_lower_number(project: Project) -> None:
    project.write(tables(1, 3))
    project.migrate()
    project.write(tables(2))
    project.migrate("--allow-out-of-order")

    project.run("rollback", "--yes", check=True)

    assert project.applied() == ["0001_create_s1", "0003_create_s3"]


def test_all_needs_a_confirmation_of_its_own(project: Project) -> None:
    project.write(tables(1, 2))
    project.migrate()

    refused = project.run("rollback", "--all", "--yes")
    wrong = project.run("rollback", "--all", "--yes", "--confirm-all", "another")
    kept = project.applied()
    done = project.run("rollback", "--all", "--yes", "--confirm-all", project.db.name)

    assert (refused.returncode, wrong.returncode, done.returncode) == (2, 2, 0)
    assert "--confirm-all" in refused.stderr
    assert kept == ["0001_create_s1", "0002_create_s2"]
    assert project.applied() == []


def test_all_asks_for_the_name_of_the_database(project: Project) -> None:
    project.write(tables(1))
    project.migrate()

    assert project.run("rollback", "--all", input="y\n").returncode == 1
    assert project.run("rollback", "--all", input=f"{project.db.name}\n").returncode == 0
    assert project.applied() == []


def test_steps_to_and_all_exclude_each_other(project: Project) -> None:
    project.write(tables(1))

    assert project.run("rollback", "--steps", "1", "--to", "0", "--yes").returncode == 2


def test_an_irreversible_migration_says_why_and_stays(project: Project) -> None:
    project.write(tables(1), IRREVERSIBLE)
    project.migrate()

    refused = project.run("rollback", "--yes")

    assert refused.returncode == 6
    assert "irreversible: the names were overwritten" in refused.stderr
    assert "restore from a backup" in refused.stderr
    assert project.applied() == ["0001_create_s1", "0002_shred"]


def test_nothing_to_roll_back_is_no_failure(project: Project) -> None:
    project.write(tables(1))

    done = project.run("rollback", "--yes")

    assert done.returncode == 0
    assert "nothing to roll back" in done.stdout


def test_up_down_and_up_again_ends_where_it_was(project: Project) -> None:
    project.write(tables(1, 2, 3))
    project.migrate()
    before = project.applied()

    project.run("rollback", "--to", "0", "--yes", check=True)
    project.migrate()

    assert project.applied() == before
    assert project.run("verify").returncode == 0


def test_redo_applies_the_edited_file_anew(project: Project) -> None:
    project.write(tables(1))
    project.migrate()
    edited = "CREATE SCHEMA s1;\nCREATE TABLE s1.t (x int, y int);\n"
    project.write({"migrations/0001_create_s1.sql": edited} | _rollback_of(1))

    project.run("redo", "--yes", check=True)

    columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 's1.t'::regclass AND attnum > 0"
    assert project.rows(columns) == [(2,)]
    assert project.run("verify").returncode == 0


def test_redo_of_an_edited_file_below_the_last_is_refused(project: Project) -> None:
    project.write(tables(1, 2))
    project.migrate()
    with (project.sql / "migrations/0001_create_s1.sql").open("a") as file:
        file.write("-- edited\n")

    refused = project.run("redo", "--yes")

    assert refused.returncode == 4
    assert project.applied() == ["0001_create_s1", "0002_create_s2"]


def _rollback_of(number: int) -> dict[str, str]:
    return {name: text for name, text in tables(number).items() if "rollback" in name}
