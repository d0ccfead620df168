"""footing verify compares every object of a live database with what the migrations make."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from runner import catalogue, files
from tests.support.database import Database
from tests.support.footing import ROOT, Footing

# What somebody did by hand, in how many statements it takes, and the line that must tell it.
DRIFT = {
    "a table more": (
        "CREATE TABLE core.leftover (id bigint); ALTER TABLE core.leftover OWNER TO footing_owner",
        "table core.leftover: exists here, and nowhere in the migrations",
    ),
    "a table less": ("DROP VIEW ops.partition_coverage", "view ops.partition_coverage: missing here"),
    "a column more": (
        "ALTER TABLE core.projects ADD COLUMN colour text",
        "column core.projects.colour: exists here",
    ),
    "a column wider": (
        "ALTER TABLE core.projects ALTER COLUMN industry_area TYPE varchar(301)",
        "column core.projects.industry_area: differs",
    ),
    "a default": (
        "ALTER TABLE core.projects ALTER COLUMN status SET DEFAULT 'archived'",
        "column core.projects.status: differs",
    ),
    "a NULL allowed": (
        "ALTER TABLE core.projects ALTER COLUMN name DROP NOT NULL",
        "column core.projects.name: differs",
    ),
    "a statistics target": (
        "ALTER TABLE core.projects ALTER COLUMN name SET STATISTICS 7",
        "column core.projects.name: differs",
    ),
    "a storage": (
        "ALTER TABLE core.projects ALTER COLUMN description SET STORAGE EXTERNAL",
        "column core.projects.description: differs",
    ),
    "a CHECK less": (
        "ALTER TABLE webtest.test_cases DROP CONSTRAINT test_cases_priority_check",
        "constraint test_cases_priority_check on webtest.test_cases: missing here",
    ),
    "a CHECK looser": (
        "ALTER TABLE webtest.test_cases DROP CONSTRAINT test_cases_priority_check,"
        " ADD CONSTRAINT test_cases_priority_check CHECK (priority <> '') NOT VALID",
        "constraint test_cases_priority_check on webtest.test_cases: differs",
    ),
    "an index more": (
        "CREATE INDEX idx_by_hand ON core.projects (name)",
        "index core.idx_by_hand: exists here, and nowhere in the migrations",
    ),
    "an index less": (
        "DROP INDEX webtest.idx_test_executions_user_id",
        "index webtest.idx_test_executions_user_id: missing here",
    ),
    "a trigger less": (
        "DROP TRIGGER tg_test_cases__set_tsv ON webtest.test_cases",
        "trigger tg_test_cases__set_tsv on webtest.test_cases: missing here",
    ),
    "a trigger asleep": (
        "ALTER TABLE webtest.test_cases DISABLE TRIGGER tg_test_cases__set_tsv",
        "trigger tg_test_cases__set_tsv on webtest.test_cases: differs",
    ),
    "a policy wider": (
        "ALTER POLICY test_cases_viewers_select ON webtest.test_cases USING (true)",
        "policy test_cases_viewers_select on webtest.test_cases: differs",
    ),
    "a policy less": (
        "DROP POLICY test_cases_viewers_select ON webtest.test_cases",
        "policy test_cases_viewers_select on webtest.test_cases: missing here",
    ),
    "row security off": (
        "ALTER TABLE webtest.test_cases DISABLE ROW LEVEL SECURITY",
        "table webtest.test_cases: differs",
    ),
    "a grant more": ("GRANT DELETE ON core.audit_logs TO readonly_users", "table core.audit_logs: differs"),
    "a grant on a column": (
        "GRANT SELECT (password_hash) ON core.users TO readonly_users",
        "column core.users.password_hash: differs",
    ),
    "a function rewritten": (
        "CREATE OR REPLACE FUNCTION core.current_user_id() RETURNS bigint"
        " LANGUAGE sql STABLE RETURN 1::bigint",
        "function core.current_user_id(): differs",
    ),
    "a function open to all": (
        "GRANT EXECUTE ON FUNCTION core.erase_user(bigint) TO PUBLIC",
        "function core.erase_user(bigint): differs",
    ),
    "an owner": ("ALTER TABLE core.projects OWNER TO postgres", "table core.projects: differs"),
    "a comment": ("COMMENT ON TABLE core.projects IS 'stuff'", "table core.projects: differs"),
    "a view rewritten": (
        "ALTER VIEW ops.partition_coverage SET (security_invoker = false)",
        "view ops.partition_coverage: differs",
    ),
    "an extension": ("CREATE EXTENSION pg_trgm SCHEMA extensions", "extension pg_trgm: exists here"),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE footing_owner GRANT SELECT ON TABLES TO readonly_users",
        "default privileges of footing_owner on r: exists here",
    ),
    "a partition's shape": (
        "DO $$ BEGIN EXECUTE (SELECT format('GRANT SELECT ON %s TO readonly_users', inhrelid::regclass)"
        " FROM pg_inherits WHERE inhparent = 'core.audit_logs'::regclass LIMIT 1); END $$",
        "partitions of core.audit_logs: differs",
    ),
}

# the columns and the indexes of an object that came or went with it
TELLS_MORE = {"a table more", "a table less"}


def test_objects_that_agree_are_counted(migrated_db: Database, footing: Footing) -> None:
    done = footing("verify", "--json", database=migrated_db.url("test_deploy"))

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["objects"] > 700
    assert said["problems"] == []


def test_each_kind_of_drift_is_named_and_nothing_else_is(migrated_db: Database) -> None:
    expected = catalogue.recorded(ROOT / "sql" / catalogue.FILE, files.find(ROOT / "sql")[-1].number)

    for kind, (statement, line) in DRIFT.items():
        with migrated_db.connect(autocommit=False) as connection:
            connection.execute("SET LOCAL search_path = pg_catalog")
            connection.execute(statement.encode())
            found = catalogue.compare(expected, catalogue.live(connection))
            connection.rollback()

        assert any(text.startswith(line) for text in found), f"{kind}: {found}"
        assert len(found) == 1 or kind in TELLS_MORE, f"{kind}: {found}"


def test_the_command_names_every_object_and_what_to_do(migrated_db: Database, footing: Footing) -> None:
    named = ["an index more", "a policy wider", "row security off", "a grant on a column", "an extension"]
    for kind in named:
        migrated_db.admin.execute(DRIFT[kind][0].encode())

    told = footing("verify", database=migrated_db.url("test_deploy"))
    as_json = footing("verify", "--json", database=migrated_db.url("test_deploy"))

    assert told.returncode == as_json.returncode == 4
    differences = json.loads(as_json.stdout)["error"]["differences"]
    assert len(differences) == len(named)
    for kind in named:
        assert DRIFT[kind][1] in told.stderr
        assert any(text.startswith(DRIFT[kind][1]) for text in differences)
    assert "here:     using true" in told.stderr
    assert "next: put each back as the files have it" in told.stderr


def test_only_what_is_applied_is_expected(prepared_db: Database, footing: Footing) -> None:
    footing("migrate", "--to", "12", database=prepared_db.url("test_deploy"), check=True)

    done = footing("verify", "--json", database=prepared_db.url("test_deploy"))

    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["applied"] == 12


def test_a_folder_without_a_catalogue_says_that_objects_were_not_compared(
    prepared_db: Database, footing: Footing, migrations: Callable[[Mapping[str, str]], Path]
) -> None:
    folder = migrations(
        {"migrations/0001_a.sql": "CREATE SCHEMA a;", "migrations/0001_a.rollback.sql": "DROP SCHEMA a;"}
    )
    footing("migrate", database=prepared_db.url("test_deploy"), sql=folder, check=True)

    done = footing("verify", database=prepared_db.url("test_deploy"), sql=folder)

    assert done.returncode == 0
    assert "the objects were not compared" in done.stderr
