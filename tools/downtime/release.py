"""A release of changes as they are made all year to a table in use, for measure.py."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from runner import files

_ON = "webtest.test_executions"
# folder/what it does → up, down. As docs/conventions.md asks for on a table in use.
RELEASE: Mapping[str, tuple[str, str]] = {
    "migrations/add_a_nullable_column": (
        f"ALTER TABLE {_ON} ADD COLUMN retries integer;",
        f"ALTER TABLE {_ON} DROP COLUMN retries;",
    ),
    "migrations/add_a_column_with_a_default": (
        f"ALTER TABLE {_ON} ADD COLUMN attempt integer NOT NULL DEFAULT 1;",
        f"ALTER TABLE {_ON} DROP COLUMN attempt;",
    ),
    "indexes/build_an_index_concurrently": (
        "-- build_an_index_concurrently\n-- transactional: false\n\n"
        f"CREATE INDEX CONCURRENTLY idx_test_executions_browser ON {_ON} (browser, created_at DESC);",
        "-- Reverses it.\n-- transactional: false\n-- Loses: nothing\n\n"
        "DROP INDEX CONCURRENTLY webtest.idx_test_executions_browser;",
    ),
    "migrations/add_a_check_not_valid": (
        f"ALTER TABLE {_ON} ADD CONSTRAINT test_executions_attempt_is_positive_check"
        " CHECK (attempt > 0) NOT VALID;",
        f"ALTER TABLE {_ON} DROP CONSTRAINT test_executions_attempt_is_positive_check;",
    ),
    "migrations/validate_the_check": (
        f"ALTER TABLE {_ON} VALIDATE CONSTRAINT test_executions_attempt_is_positive_check;",
        "SELECT 1;",
    ),
    "migrations/create_a_trigger": (
        "CREATE FUNCTION webtest.tg_test_executions__count_retries() RETURNS trigger LANGUAGE plpgsql AS\n"
        "$$ BEGIN NEW.retries := NEW.attempt - 1; RETURN NEW; END $$;\n"
        f"CREATE TRIGGER tg_test_executions__count_retries BEFORE INSERT OR UPDATE ON {_ON}\n"
        "FOR EACH ROW EXECUTE FUNCTION webtest.tg_test_executions__count_retries();",
        f"DROP TRIGGER tg_test_executions__count_retries ON {_ON};\n"
        "DROP FUNCTION webtest.tg_test_executions__count_retries();",
    ),
    "migrations/change_a_policy": (
        f"DROP POLICY test_executions_viewers_select ON {_ON};\n"
        f"CREATE POLICY test_executions_viewers_select ON {_ON}\n"
        "FOR SELECT TO authenticated_users, readonly_users\n"
        "USING (project_id IN (SELECT a.project_id FROM core.session_access AS a\n"
        "    WHERE a.access_level IN ('viewer', 'editor', 'manager')));",
        "SELECT 1;",
    ),
}


def copied(root: Path, folder: Path, release: Mapping[str, tuple[str, str]]) -> Path:
    """Copy the migrations into a folder, with a release of changes behind them; return it."""
    sql = folder / "sql"
    shutil.copytree(root, sql)
    first = files.find(sql)[-1].number + 1
    for number, (name, (up, down)) in enumerate(release.items(), first):
        where, _, what = name.partition("/")
        (sql / where / f"{number:04}_{what}.sql").write_text(f"{up}\n")
        (sql / where / f"{number:04}_{what}.rollback.sql").write_text(f"{down}\n")
    return sql
