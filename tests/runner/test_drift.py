"""Files against records: an edit of history stops the run, and says which file and what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runner.conftest import Project
from tests.support.scratch_tables import tables

DRIFT = 4


@pytest.fixture
def migrated(project: Project) -> Project:
    """Three applied files, and a fourth that is pending."""
    project.write(tables(1, 2, 3))
    project.migrate()
    project.write(tables(4))
    return project


def _file(project: Project, stem: str) -> Path:
    return project.sql / "migrations" / f"{stem}.sql"


def _rename(project: Project, old: str, new: str) -> None:
    for ending in ("", ".rollback"):
        _file(project, old + ending).rename(_file(project, new + ending))


def _append(project: Project) -> None:
    with _file(project, "0002_create_s2").open("a") as file:
        file.write("-- edited\n")


def _remove(project: Project) -> None:
    for ending in ("", ".rollback"):
        _file(project, "0002_create_s2" + ending).unlink()


def _insert_below(project: Project) -> None:
    _remove(project)
    project.db.admin.execute("DELETE FROM footing.checksums WHERE migration_id LIKE '0002%'")
    project.db.admin.execute("DELETE FROM footing._yoyo_migration WHERE migration_id LIKE '0002%'")
    project.write({"migrations/0002_come_late.sql": "CREATE TABLE s1.late ();\n"})


# kind: (what was done to the files, what the message must say)
DISAGREEMENTS: dict[str, tuple[Callable[[Project], None], list[str]]] = {
    "changed": (_append, ["0002_create_s2.sql was edited after it was applied", "recorded", "now"]),
    "missing": (_remove, ["0002_create_s2 was applied here", "no such file"]),
    "renamed": (
        lambda project: _rename(project, "0002_create_s2", "0002_make_s2"),
        ["0002_create_s2 was applied here", "is now called migrations/0002_make_s2.sql"],
    ),
    "renumbered": (
        lambda project: _rename(project, "0002_create_s2", "0005_create_s2"),
        ["0002_create_s2 was applied here", "is now called migrations/0005_create_s2.sql"],
    ),
    "out of order": (_insert_below, ["0002_come_late.sql is not applied, but 0003 already is"]),
}


@pytest.mark.parametrize("change, says", DISAGREEMENTS.values(), ids=DISAGREEMENTS.keys())
@pytest.mark.parametrize("command", ["migrate", "plan", "verify", "status"])
def test_stops_and_says_which_file_and_what_to_do(
    migrated: Project, command: str, change: Callable[[Project], None], says: list[str]
) -> None:
    change(migrated)

    stopped = migrated.run(command)

    assert stopped.returncode == DRIFT, stopped.stdout + stopped.stderr
    for part in says:
        assert part in stopped.stderr
    assert "→" in stopped.stderr, "the next step"
    assert migrated.rows("SELECT to_regnamespace('s4')") == [(None,)]


def test_names_every_disagreement_at_once(migrated: Project) -> None:
    _append(migrated)
    _file(migrated, "0003_create_s3").unlink()
    _file(migrated, "0003_create_s3.rollback").unlink()

    stopped = migrated.run("verify")

    assert "0002_create_s2" in stopped.stderr
    assert "0003_create_s3" in stopped.stderr


def test_other_line_endings_are_no_change(migrated: Project) -> None:
    for path in (migrated.sql / "migrations").glob("*.sql"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    migrated.migrate()

    assert migrated.applied()[-1] == "0004_create_s4"


def test_a_rollback_file_may_be_mended_after_its_migration_was_applied(migrated: Project) -> None:
    with _file(migrated, "0002_create_s2.rollback").open("a") as file:
        file.write("-- mended\n")

    migrated.migrate()

    assert migrated.applied()[-1] == "0004_create_s4"


def test_allow_out_of_order_applies_a_late_file(migrated: Project) -> None:
    _insert_below(migrated)

    migrated.migrate("--allow-out-of-order")

    assert migrated.applied() == ["0001_create_s1", "0003_create_s3", "0002_come_late", "0004_create_s4"]
    assert migrated.run("verify").returncode == 0


@pytest.mark.parametrize("kind", ["changed", "missing", "renamed"])
def test_allow_out_of_order_allows_nothing_else(migrated: Project, kind: str) -> None:
    DISAGREEMENTS[kind][0](migrated)

    stopped = migrated.run("migrate", "--allow-out-of-order")

    assert stopped.returncode == DRIFT
    assert migrated.rows("SELECT to_regnamespace('s4')") == [(None,)]


def test_a_rollback_stops_at_a_changed_file_too(migrated: Project) -> None:
    _append(migrated)

    stopped = migrated.run("rollback", "--yes")

    assert stopped.returncode == DRIFT
    assert migrated.rows("SELECT to_regclass('s3.t')") == [("s3.t",)]


def test_status_shows_the_state_of_each_file(migrated: Project) -> None:
    _append(migrated)

    shown = migrated.run("status").stdout

    assert "0001    create_s1" in shown
    assert "CHANGED" in shown
    assert "pending" in shown


def test_status_exit_code_is_3_only_when_asked_and_pending(migrated: Project) -> None:
    assert migrated.run("status").returncode == 0
    assert migrated.run("status", "--exit-code").returncode == 3
    assert migrated.run("plan", "--exit-code").returncode == 3

    migrated.migrate()

    assert migrated.run("status", "--exit-code").returncode == 0


KINDS = {
    "changed": "changed",
    "missing": "missing",
    "renamed": "renamed",
    "renumbered": "renamed",
    "out of order": "out_of_order",
}


@pytest.mark.parametrize("what, kind", KINDS.items(), ids=KINDS.keys())
def test_a_machine_is_told_the_kind(migrated: Project, what: str, kind: str) -> None:
    DISAGREEMENTS[what][0](migrated)

    problems = json.loads(migrated.run("verify", "--json").stdout)["error"]["problems"]

    assert [problem["kind"] for problem in problems] == [kind]
