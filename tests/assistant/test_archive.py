"""The archive: what was long out of use goes there, with its children, and comes back as it was."""

import threading

import pytest
from psycopg import errors

from tests.assistant.conftest import KEYS, Library
from tests.support.waiting import wait_until

PAIRS = ["rules", "violations", "practices", "templates"]
ARCHIVE = "SELECT table_name, moved FROM assistant.archive_inactive()"


def _columns(library: Library, table: str) -> list[tuple]:
    return library.db.admin.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull,"
        " col_description(attrelid, attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [f"assistant.{table}"],
    ).fetchall()


def test_an_archive_has_the_columns_of_its_table_and_one_more(library: Library) -> None:
    for table in PAIRS:
        live, archive = _columns(library, table), _columns(library, f"{table}_archive")

        assert archive[:-1] == live, table
        assert archive[-1][0] == "archived_at", table


def _rows(library: Library) -> dict[str, list[dict]]:
    """Return every live row as JSON, without what restoring may change."""
    return {
        table: [
            row
            for (row,) in library.db.admin.execute(
                f"SELECT to_jsonb(t) - 'deactivated_at' FROM assistant.{table} AS t ORDER BY 1".encode()
            )
        ]
        for table in [*PAIRS, "template_variables"]
    }


def test_what_is_archived_and_restored_is_what_it_was(library: Library) -> None:
    library.fill()
    library.violation(details="another", status="RESOLVED", resolved_at="2035-01-01T00:00Z")
    for table, key in (("rules", "SEC-001"), ("practices", "BP-001"), ("templates", "T-001")):
        library.age(table, key, "25 months")
    before = _rows(library)

    moved = library.db.admin.execute(ARCHIVE).fetchall()
    archived = _rows(library)
    for kind, key in (("rule", "SEC-001"), ("practice", "BP-001"), ("template", "T-001")):
        library.run("admin", f"SELECT assistant.restore_{kind}(%s)", key)

    assert moved == [("rules", 1), ("violations", 2), ("practices", 1), ("templates", 1)]
    assert all(rows == [] for rows in archived.values())
    assert _rows(library) == before
    for table in PAIRS:
        assert library.value(f"SELECT count(*) FROM assistant.{table}_archive") == 0, table
    new = library.violation()
    assert new > max(row["violation_id"] for row in before["violations"])


def test_only_what_was_long_out_of_use_goes(library: Library) -> None:
    for table, key in KEYS.items():
        library.put(table, **{key: "IN USE"})
        library.put(table, **{key: "RECENT"})
        library.age(table, "RECENT", "23 months")
        library.put(table, **{key: "LONG"})
        library.age(table, "LONG", "25 months")
    library.put("rules", rule_id="DRAFT", status="DRAFT")
    library.age("rules", "DRAFT", "3 years")

    moved = dict(library.db.admin.execute(ARCHIVE).fetchall())
    again = dict(library.db.admin.execute(ARCHIVE).fetchall())
    sooner = dict(library.db.admin.execute(ARCHIVE.replace("()", "('1 year')")).fetchall())

    assert moved == sooner == {"rules": 1, "violations": 0, "practices": 1, "templates": 1}
    assert set(again.values()) == {0}
    for table, key in KEYS.items():
        kept = library.ids("authenticated_users", "viewer", f"SELECT {key} FROM assistant.{table}")
        assert kept - {"DRAFT"} == {"IN USE"}, table
    assert library.value("SELECT status FROM assistant.rules WHERE rule_id = 'DRAFT'") == "DRAFT"
    for function in ("archive_inactive", "prune_changes"):
        for interval in ("NULL", "'-1 day'"):
            with pytest.raises(errors.InvalidParameterValue, match="must be an interval of 0 or more"):
                library.db.admin.execute(f"SELECT assistant.{function}({interval})".encode())


def test_what_is_restored_is_out_of_use_and_not_taken_again(library: Library) -> None:
    for table, kind in (("rules", "rule"), ("practices", "practice"), ("templates", "template")):
        key = library.put(table)
        library.age(table, key, "3 years")
        library.db.admin.execute(ARCHIVE)
        library.run("admin", f"SELECT assistant.restore_{kind}(%s)", key)

        moved = dict(library.db.admin.execute(ARCHIVE).fetchall())

        assert moved[table] == 0, table
        recent = f"SELECT deactivated_at > now() - interval '1 hour' FROM assistant.{table}"
        assert library.value(recent) is True, table


def test_an_archived_id_is_not_given_again(library: Library) -> None:
    for table, kind in (("rules", "rule"), ("practices", "practice"), ("templates", "template")):
        key = library.put(table)
        library.age(table, key, "3 years")
        library.db.admin.execute(ARCHIVE)

        with pytest.raises(errors.UniqueViolation, match=f"{key} is archived") as refusal:
            library.put(table)
        assert f"assistant.restore_{kind}(" in refusal.value.diag.message_hint
        library.put(table, **{KEYS[table]: "ANOTHER"})
        with pytest.raises(errors.NoDataFound, match="there is no archived"):
            library.run("admin", f"SELECT assistant.restore_{kind}('ANOTHER')")


def test_an_id_that_is_being_archived_is_not_given_again_either(library: Library) -> None:
    library.put("rules")
    library.age("rules", "SEC-001", "3 years")
    archiving = library.db.connect(autocommit=False)
    archiving.execute(ARCHIVE)
    refused: list[Exception] = []

    def insert() -> None:
        try:
            with library.db.session("authenticated_users", library.admin) as session:
                session.execute(
                    "INSERT INTO assistant.rules (rule_id, category, title, description)"
                    " VALUES ('SEC-001', 'x', 'x', 'x')"
                )
        except errors.UniqueViolation as refusal:
            refused.append(refusal)

    inserting = threading.Thread(target=insert)
    inserting.start()
    waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    wait_until(lambda: library.value(waiting, library.db.name), 20, "nobody waits for the archiver")
    archiving.commit()
    inserting.join()

    assert len(refused) == 1
    assert "is archived" in str(refused[0])
    assert library.value("SELECT count(*) FROM assistant.rules") == 0


def test_a_violation_written_meanwhile_goes_along(library: Library) -> None:
    library.put("rules")
    library.age("rules", "SEC-001", "3 years")
    writing = library.db.connect(autocommit=False)
    writing.execute("INSERT INTO assistant.violations (rule_id, location) VALUES ('SEC-001', 'late:1')")
    moved: dict[str, int] = {}

    def archive() -> None:
        moved.update(library.db.connect().execute(ARCHIVE).fetchall())

    archiving = threading.Thread(target=archive)
    archiving.start()
    waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    wait_until(lambda: library.value(waiting, library.db.name), 20, "the archiver does not wait")
    writing.commit()
    archiving.join()

    assert (moved["rules"], moved["violations"]) == (1, 1)


def test_a_rule_taken_back_into_force_meanwhile_stays(library: Library) -> None:
    library.put("rules")
    library.age("rules", "SEC-001", "3 years")
    writing = library.db.connect(autocommit=False)
    writing.execute("UPDATE assistant.rules SET active = true")
    moved: dict[str, int] = {}

    def archive() -> None:
        moved.update(library.db.connect().execute(ARCHIVE).fetchall())

    archiving = threading.Thread(target=archive)
    archiving.start()
    waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    wait_until(lambda: library.value(waiting, library.db.name), 20, "the archiver does not wait")
    writing.commit()
    archiving.join()

    assert moved["rules"] == 0
    assert library.value("SELECT active FROM assistant.rules") is True


def test_all_go_or_none(library: Library) -> None:
    for table in KEYS:
        library.age(table, library.put(table), "3 years")
    library.db.admin.execute(
        "INSERT INTO assistant.templates_archive SELECT t.*, now() FROM assistant.templates AS t"
    )

    with pytest.raises(errors.UniqueViolation):
        library.db.admin.execute(ARCHIVE)

    for table in KEYS:
        assert library.value(f"SELECT count(*) FROM assistant.{table}") == 1, table
    assert library.value("SELECT count(*) FROM assistant.rules_archive") == 0
