"""A project's values, its way from draft to accepted, and the etag that says who was first."""

import threading
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.apex.conftest import Office

STATES = ["draft", "estimating", "submitted", "accepted", "rejected"]
# from → to, and nothing else
MOVES = {
    "draft": ["estimating"],
    "estimating": ["draft", "submitted"],
    "submitted": ["estimating", "accepted", "rejected"],
    "rejected": ["estimating"],
    "accepted": [],
}
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("projects_name_is_not_blank_check", {"name": " "}),
    ("projects_status_check", {"status": "won"}),
    ("projects_constants_version_is_not_blank_check", {"constants_version": ""}),
    ("projects_confidence_is_from_0_to_1_check", {"confidence": 1.0000001}),
    ("projects_confidence_is_from_0_to_1_check", {"confidence": 42}),
    ("projects_confidence_is_from_0_to_1_check", {"confidence": -0.0000001}),
    ("projects_confidence_is_from_0_to_1_check", {"confidence": "NaN"}),
    ("projects_confidence_is_from_0_to_1_check", {"confidence": "Infinity"}),
    *(
        ("projects_content_sha256_is_64_lower_case_hex_digits_check", {"content_sha256": digest})
        for digest in ("", HASH[1:], HASH.upper(), "g" + HASH[1:], HASH[2:] + "\n ", "0x" + HASH[2:])
    ),
    ("projects_version_is_positive_check", {"version": 0}),
    ("projects_etag_is_not_blank_check", {"etag": ""}),
    ("projects_etag_is_not_that_of_another_check", {"etag": '"1-2"'}),
]


def test_a_project_that_breaks_a_rule_is_refused_by_name(office: Office) -> None:
    for rule, columns in REFUSED:
        with pytest.raises(errors.CheckViolation) as refusal:
            office.bid(office.mercury, **columns)
        assert refusal.value.diag.constraint_name == rule, columns
    with pytest.raises(errors.StringDataRightTruncation):
        office.bid(office.mercury, content_sha256=HASH + "0")
    with pytest.raises(errors.NotNullViolation):
        office.bid(None)


def test_the_edges_of_every_rule_are_inside(office: Office) -> None:
    edges: list[dict[str, Any]] = [
        {},
        *({"status": status} for status in STATES),
        *({"confidence": confidence} for confidence in (0, 1, 0.5, None)),
        {"content_sha256": HASH, "constants_version": "p" * 500},
        {"content_sha256": HASH},  # two projects may share their content
        {"content_sha256": None, "name": None, "constants_version": None},
    ]

    for columns in edges:
        assert office.bid(office.mercury, **columns), columns


def test_a_project_moves_only_as_it_may(office: Office) -> None:
    for before in STATES:
        for after in STATES:
            project = office.bid(office.mercury, status=before)
            move = f"UPDATE apex.projects SET status = '{after}' WHERE project_id = {project}"
            if after == before or after in MOVES[before]:
                assert office.run("editor", move) == 1, (before, after)
                continue
            with pytest.raises(errors.CheckViolation, match=f"from {before} to {after}") as refusal:
                office.run("editor", move)
            assert refusal.value.diag.constraint_name == "tg_projects__check_transition"
            hint = refusal.value.diag.message_hint
            assert all(allowed in hint for allowed in MOVES[before] or ["stays accepted"]), hint
            assert office.value(f"SELECT status FROM apex.projects WHERE project_id = {project}") == before
    with pytest.raises(errors.CheckViolation) as refusal:
        office.run("editor", "UPDATE apex.projects SET status = 'won'")

    assert refusal.value.diag.constraint_name == "projects_status_check"  # an unknown word, as such


ETAG = "SELECT etag FROM apex.projects WHERE project_id = %s"


def test_the_etag_advances_with_every_change_and_with_nothing_else(office: Office) -> None:
    project, seen = office.estimate, [office.value(ETAG, office.estimate)]

    for change in ("name = 'Bridge'", "name = 'Bridge'", "status = 'estimating', confidence = 0.5"):
        office.run("editor", f"UPDATE apex.projects SET {change}")
        seen.append(office.value(ETAG, project))
    office.db.admin.execute("UPDATE apex.projects SET etag = 'mine', version = 1")
    seen.append(office.value(ETAG, project))

    assert seen == [f'"{project}-{version}"' for version in (1, 2, 2, 3, 4)]


def test_an_etag_is_given_or_made_and_unique_in_its_account(office: Office) -> None:
    ours, theirs = (office.bid(account, etag='W/"v1"') for account in (office.mercury, office.venus))
    with (
        office.db.session("bulk_loader") as session,
        session.cursor().copy("COPY apex.projects (account_id, status) FROM STDIN") as copy,
    ):
        copy.write_row([office.venus, "accepted"])
    loaded = office.value("SELECT project_id FROM apex.projects WHERE status = 'accepted'")
    with pytest.raises(errors.UniqueViolation) as refusal:
        office.bid(office.mercury, etag='W/"v1"')
    office.run("editor", "UPDATE apex.projects SET name = 'x' WHERE etag = %s", 'W/"v1"')

    assert refusal.value.diag.constraint_name == "projects_etag_account_id_key"
    assert office.value(ETAG, loaded) == f'"{loaded}-1"'
    assert office.value(ETAG, ours) == f'"{ours}-2"'  # a given one holds until the first change
    assert office.value(ETAG, theirs) == 'W/"v1"'


def test_an_update_with_an_old_etag_changes_nothing(office: Office) -> None:
    save = "UPDATE apex.projects SET name = %s WHERE project_id = %s AND etag = %s"
    read = office.value(ETAG, office.estimate)

    changed = [office.run("editor", save, name, office.estimate, read) for name in ("first", "second")]

    assert changed == [1, 0]
    assert office.value("SELECT name FROM apex.projects WHERE project_id = %s", office.estimate) == "first"


UPDATE = "SELECT etag FROM apex.update_project(%s, %s, %s)"


def test_update_project_changes_what_is_named_and_returns_the_new_etag(office: Office) -> None:
    project = office.bid(office.mercury, name="Bridge", confidence=0.5, constants_version="pack 1")
    changes = f'{{"status": "estimating", "confidence": null, "content_sha256": "{HASH}"}}'

    etags = office.ids("authenticated_users", "editor", UPDATE, project, f'"{project}-1"', changes)

    row = office.db.admin.execute(
        "SELECT name, status, confidence, constants_version, content_sha256 FROM apex.projects"
        " WHERE project_id = %s",
        [project],
    ).fetchone()
    assert etags == {f'"{project}-2"'}
    assert row == ("Bridge", "estimating", None, "pack 1", HASH)


def test_update_project_says_why_it_changed_nothing(office: Office) -> None:
    ours, theirs = office.estimate, office.foreign_estimate
    read = office.value(ETAG, ours)
    no_project = (errors.NoDataFound, "there is no project")
    expected: list[tuple[str, int, str, str, tuple[type[Exception], str]]] = [
        ("editor", ours, '"1-77"', '{"name": "x"}', (psycopg.Error, "has changed since it was read")),
        ("viewer", ours, read, '{"name": "x"}', (errors.InsufficientPrivilege, "not yours to change")),
        ("outsider", ours, read, '{"name": "x"}', no_project),
        ("nobody", ours, read, '{"name": "x"}', no_project),
        ("editor", theirs, office.value(ETAG, theirs), '{"name": "x"}', no_project),
        ("editor", ours, read, '{"status": "accepted"}', (errors.CheckViolation, "from draft to accepted")),
        *(
            ("editor", ours, read, junk, (errors.InvalidParameterValue, "can't be changed by"))
            for junk in ('{"account_id": 1}', '{"name": "x", "etag": "y"}', "[]", "7", "null", None)
        ),
    ]

    for part, project, etag, changes, (error, message) in expected:
        with pytest.raises(error, match=message) as refusal:
            office.run(part, UPDATE, project, etag, changes)
        assert refusal.value.diag.message_hint is not None or error is errors.CheckViolation
    with pytest.raises(psycopg.Error) as stale:
        office.run("editor", UPDATE, ours, "old", '{"name": "x"}')

    assert stale.value.sqlstate == "PT412"
    assert stale.value.diag.message_detail == f"Its etag is {read} now, and was old."
    assert office.value(ETAG, ours) == read


def test_of_two_who_change_a_project_at_once_the_second_is_told(office: Office) -> None:
    told: list[str | None] = []
    read = office.value(ETAG, office.estimate)

    def second() -> None:
        try:
            office.run("manager", UPDATE, office.estimate, read, '{"name": "second"}')
        except psycopg.Error as error:
            told.append(error.sqlstate)

    with office.db.session("authenticated_users", office.editor) as first:
        first.execute(UPDATE, [office.estimate, read, '{"name": "first"}'])
        thread = threading.Thread(target=second)
        thread.start()
        waiting = (
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        )
        while not office.value(waiting, office.db.name):
            assert thread.is_alive()
        first.commit()
        thread.join()

    assert told == ["PT412"]
    assert office.value("SELECT name FROM apex.projects WHERE project_id = %s", office.estimate) == "first"


def test_a_change_is_in_the_audit_trail_without_the_projects_name(office: Office) -> None:
    office.run("editor", "UPDATE apex.projects SET name = 'Secret bridge', status = 'estimating'")

    entry = office.db.admin.execute(
        "SELECT user_id, resource_id, changes FROM core.audit_logs WHERE resource = 'apex.projects'"
        " AND action = 'update'"
    ).fetchall()
    assert entry == [
        (
            office.editor,
            str(office.estimate),
            {"name": {"redacted": True}, "status": {"old": "draft", "new": "estimating"}},
        )
    ]


def test_updated_at_moves_when_something_changed(office: Office) -> None:
    moved = "SELECT updated_at > created_at FROM apex.{} WHERE account_id = %s"

    for table, same, other in (
        ("accounts", "name = name", "name = 'Other'"),
        ("projects", "name = name", "name = 'Other'"),
        ("project_payloads", "module = module", "module = 'other'"),
    ):
        office.run("manager", f"UPDATE apex.{table} SET {same}")
        assert not office.value(moved.format(table), office.mercury), table
        office.run("manager", f"UPDATE apex.{table} SET {other}")
        assert office.value(moved.format(table), office.mercury), table
