"""`footing migrate`: what is pending is applied once, in order, each file with its record."""

import re

import pytest

from tests.runner.conftest import Project
from tests.support.scratch_tables import tables


def test_applies_every_pending_file_across_the_folders_in_the_order_of_the_numbers(
    project: Project,
) -> None:
    note = "INSERT INTO s1.t VALUES ({});\n"
    project.write(
        tables(1),
        {
            "indexes/0002_b.sql": note.format(2),
            "views/9999_d.sql": note.format(9999),
            "migrations/0010_c.sql": note.format(10),
            "migrations/10000_e.sql": note.format(10000),
        },
    )

    project.migrate()

    assert [row[0] for row in project.rows("SELECT x FROM s1.t ORDER BY ctid")] == [2, 10, 9999, 10000]
    assert project.applied() == ["0001_create_s1", "0002_b", "0010_c", "9999_d", "10000_e"]


def test_prints_one_line_a_file_with_its_time_and_ends_with_how_to_connect(project: Project) -> None:
    project.write(tables(1, 2))

    lines = project.migrate().stdout.splitlines()

    assert re.fullmatch(r"  ↑ 0001_create_s1 +\d+ ms", lines[0])
    assert re.fullmatch(r"  ↑ 0002_create_s2 +\d+ ms", lines[1])
    assert lines[2] == f"applied 2 migrations to {project.db.name}"
    assert "psql" in lines[3]
    assert project.db.name in lines[3]


def test_what_it_says_to_connect_with_does_connect(project: Project) -> None:
    project.write(tables(1))

    last = project.migrate().stdout.splitlines()[-1]

    url = re.search(r"'(postgresql:.*)'", last)
    assert url
    assert project.footing("status", database=url[1], sql=project.sql).returncode == 0


def test_a_second_run_says_up_to_date_and_changes_nothing(project: Project) -> None:
    project.write(tables(1, 2))
    project.migrate()
    everything = "SELECT * FROM footing.{} ORDER BY 1"
    kept = ("checksums", "_yoyo_migration", "_yoyo_log", "_yoyo_version")
    before = [project.rows(everything.format(table)) for table in kept]

    done = project.migrate()

    assert done.stdout == "up to date: 2 migrations applied, nothing to do\n"
    assert done.stderr == ""
    assert [project.rows(everything.format(table)) for table in kept] == before


def test_a_file_and_its_records_are_one_transaction(project: Project) -> None:
    project.write(tables(1))

    project.migrate()

    transactions = project.rows(
        "SELECT xmin::text FROM pg_class WHERE oid = 's1.t'::regclass "
        "UNION ALL SELECT xmin::text FROM footing.checksums "
        "UNION ALL SELECT xmin::text FROM footing._yoyo_migration "
        "UNION ALL SELECT xmin::text FROM footing._yoyo_log"
    )
    assert len(transactions) == 4
    assert len(set(transactions)) == 1


def test_a_failing_file_keeps_nothing_of_itself_and_everything_before_it(project: Project) -> None:
    project.write(tables(1, 3), {"migrations/0002_fail.sql": "INSERT INTO s1.t VALUES (1);\nSELECT 1/0;\n"})

    failed = project.run("migrate")

    assert failed.returncode == 6
    assert project.applied() == ["0001_create_s1"]
    assert project.rows("SELECT * FROM s1.t") == []
    assert project.rows("SELECT to_regclass('s3.t')") == [(None,)]


def test_goes_on_where_it_failed_once_the_file_is_mended(project: Project) -> None:
    project.write(tables(1, 3), {"migrations/0002_mend.sql": "SELECT 1/0;\n"})
    project.run("migrate")

    project.write({"migrations/0002_mend.sql": "SELECT 1/1;\n"})
    project.migrate()

    assert project.applied() == ["0001_create_s1", "0002_mend", "0003_create_s3"]


def test_to_stops_after_the_number(project: Project) -> None:
    project.write(tables(1, 2, 3))

    project.migrate("--to", "2")

    assert project.applied() == ["0001_create_s1", "0002_create_s2"]


def test_to_a_number_that_no_file_has_is_a_usage_error(project: Project) -> None:
    project.write(tables(1, 2))

    refused = project.run("migrate", "--to", "7")

    assert refused.returncode == 2
    assert "0007" in refused.stderr
    assert project.applied() == []


def test_dry_run_lists_what_would_be_applied_and_changes_nothing(project: Project) -> None:
    project.write(tables(1, 2))

    shown = project.run("migrate", "--dry-run", check=True).stdout

    assert "0001_create_s1" in shown
    assert "2 migrations would be applied" in shown
    assert project.rows("SELECT to_regnamespace('footing'), to_regnamespace('s1')") == [(None, None)]


@pytest.mark.parametrize("login", ["test_deploy", "postgres"])
def test_everything_belongs_to_the_owner_whoever_connected(project: Project, login: str) -> None:
    project.write(tables(1))

    project.migrate(database=project.db.url(login))

    owners = project.rows(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class "
        "WHERE relnamespace::regnamespace::text IN ('s1', 'footing')"
    )
    assert owners == [("footing_owner",)]


def test_limits_of_the_login_do_not_cut_a_migration(project: Project) -> None:
    limits = ("statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout")
    for setting in (*limits, "lock_timeout"):
        project.db.admin.execute(
            f"ALTER ROLE test_deploy IN DATABASE {project.db.name} SET {setting} = '2ms'".encode()
        )
    project.write({"migrations/0001_be_slow.sql": "SELECT pg_sleep(0.2);\n"})

    project.migrate()

    assert project.applied() == ["0001_be_slow"]
    assert project.run("status").returncode == 0


def test_names_without_a_schema_do_not_land_in_public(project: Project) -> None:
    project.write({"migrations/0001_forget_schema.sql": "CREATE TABLE lost (x int);\n"})

    refused = project.run("migrate")

    assert refused.returncode == 6
    assert project.rows("SELECT to_regclass('public.lost')") == [(None,)]


def test_a_backfill_that_a_policy_would_filter_fails_instead_of_updating_nothing(project: Project) -> None:
    force = "ALTER TABLE s1.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n"
    project.write(
        tables(1),
        {"migrations/0002_force.sql": force},
        {"migrations/0003_backfill.sql": "UPDATE s1.t SET x = 2;\n"},
    )

    refused = project.run("migrate")

    assert refused.returncode == 6
    assert "row-level security" in refused.stderr
    assert project.applied() == ["0001_create_s1", "0002_force"]


def test_a_large_file_is_sent_whole_and_quickly(project: Project) -> None:
    values = ",\n".join(f"({n})" for n in range(150_000))
    project.write(tables(1), {"migrations/0002_load.sql": f"INSERT INTO s1.t VALUES\n{values};\n"})

    project.migrate(timeout=20)

    assert project.rows("SELECT count(*) FROM s1.t") == [(150_000,)]


def test_the_database_and_the_folder_can_be_named_by_options(project: Project) -> None:
    project.write(tables(1))
    url = project.db.url("test_deploy")

    project.footing(
        "migrate", "--database", url, "--source", str(project.sql), check=True, env={"PGPORT": "1"}
    )

    assert project.applied() == ["0001_create_s1"]


def test_no_transaction_is_left_open_and_no_session_behind(project: Project) -> None:
    project.write(tables(1, 2))

    project.migrate()

    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'footing%'"
    assert project.rows(sessions) == [(0,)]


def test_nobody_but_the_superuser_and_the_owner_writes_the_records(project: Project) -> None:
    project.write(tables(1))
    project.migrate()

    writers = project.rows(
        "SELECT rolname FROM pg_roles "
        "WHERE has_table_privilege(oid, 'footing.checksums', 'INSERT') "
        "AND NOT rolsuper AND NOT pg_has_role(oid, 'footing_owner', 'MEMBER') AND rolname !~ '^pg_'"
    )
    assert writers == []
