"""Every text a document ever had is kept, read, compared and restored."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from psycopg import errors

from tests.support.copilot import Authors


def _save(authors: Authors, document: UUID, text: str) -> int:
    return authors.one(
        "ada", "UPDATE documents SET content = %s WHERE document_id = %s RETURNING version", text, document
    )


def _texts(authors: Authors, document: UUID) -> list[Any]:
    versions = authors.ask("ada", "SELECT version FROM document_history(%s) ORDER BY version", document)
    read = "SELECT version, content FROM document_version(%s, %s)"
    return [authors.ask("ada", read, document, version)[0] for (version,) in versions]


def test_no_text_is_lost_whatever_replaces_it(authors: Authors) -> None:
    document = authors.make("documents", content="first", metadata='{"model": "a"}')
    change = "UPDATE documents SET {} WHERE document_id = %s"

    for values in (
        "content = 'second', metadata = '{\"model\": \"b\"}'",
        "content = content",
        "status = 'approved', project_name = 'Other'",
        "version = 40",
        'metadata = \'{"model": "c"}\'',
        "content = 'third', version = 1",
        "content = ''",
    ):
        authors.ask("ada", change.format(values), document)
    authors.db.admin.execute("UPDATE copilot.documents SET content = 'fifth'")  # behind the policies' back

    assert _texts(authors, document) == [(1, "first"), (2, "second"), (3, "third"), (4, ""), (5, "fifth")]
    assert authors.value("SELECT version FROM copilot.documents") == 5
    with_texts = "SELECT metadata ->> 'model' FROM copilot.document_versions ORDER BY version"
    assert [row[0] for row in authors.db.admin.execute(with_texts)] == ["a", "c", "c", "c"]


def test_a_history_tells_when_each_text_came_and_went(authors: Authors) -> None:
    document = authors.make("documents", content="ä")
    _save(authors, document, "second")
    authors.ask("ada", "UPDATE documents SET status = 'approved'")

    history = authors.ask("ada", "SELECT * FROM document_history(%s)", document)

    created, replaced = authors.db.admin.execute(
        "SELECT d.created_at, v.replaced_at FROM copilot.documents AS d"
        " JOIN copilot.document_versions AS v USING (document_id)"
    ).fetchone()
    assert history == [(2, True, 6, replaced, None), (1, False, 2, created, replaced)]
    assert created < replaced


def test_of_eight_who_save_at_once_no_text_is_lost(authors: Authors) -> None:
    document = authors.make("documents", content="text 0")

    with ThreadPoolExecutor(8) as pool:
        numbers = [*pool.map(lambda n: _save(authors, document, f"text {n}"), range(1, 41))]

    assert sorted(numbers) == [*range(2, 42)]
    texts = dict(_texts(authors, document))
    assert texts == {1: "text 0"} | {number: f"text {n}" for n, number in enumerate(numbers, 1)}
    save = "UPDATE documents SET content = %s, version = version + 1 WHERE version = 41"
    assert (authors.ask("ada", save, "mine"), authors.ask("ada", save, "theirs")) == (1, 0)


def test_a_restored_version_is_a_new_one_with_the_old_text(authors: Authors) -> None:
    document = authors.make("documents", content="first", metadata='{"model": "a"}')
    _save(authors, document, "second")
    authors.ask("ada", "UPDATE documents SET status = 'approved', metadata = '{}'")

    numbers = [authors.one("ada", "SELECT restore_version(%s, %s)", document, n) for n in (1, 1, 3, 2)]

    assert numbers == [3, 3, 3, 4]  # what is there already is not written again
    assert [text for _, text in _texts(authors, document)] == ["first", "second", "first", "second"]
    row = authors.ask("ada", "SELECT status, metadata, project_name FROM documents")
    assert row == [("approved", {}, "Shop")]
    assert authors.value("SELECT metadata FROM copilot.document_versions WHERE version = 3") == {
        "model": "a"
    }


def test_a_version_that_is_not_there_is_not_restored(authors: Authors) -> None:
    document = authors.make("documents")
    _save(authors, document, "second")

    for who, number in (("ada", 3), ("ada", 0), ("ben", 1), ("nobody", 1)):
        with pytest.raises(
            errors.NoDataFound, match=f"there is no version {number} of document {document}"
        ):
            authors.ask(who, "SELECT restore_version(%s, %s)", document, number)

    assert authors.value("SELECT content FROM copilot.documents") == "second"


def test_somebody_elses_history_is_empty(authors: Authors) -> None:
    document = authors.make("documents")
    _save(authors, document, "second")
    reads = {
        "SELECT * FROM document_history(%s)": 2,
        "SELECT * FROM document_version(%s, 1)": 1,
        "SELECT * FROM document_version(%s, 2)": 1,
        "SELECT * FROM compare_versions(%s, 1, 2)": 2,
        "SELECT * FROM document_versions WHERE document_id = %s": 1,
    }

    for query, count in reads.items():
        for who, expected in (("ada", count), ("ben", 0), ("root", 0), ("nobody", 0)):
            assert len(authors.ask(who, query, document)) == expected, (who, query)
        assert len(authors.ask("ada", query, document, role="readonly_users")) == count, query
    with pytest.raises(errors.InsufficientPrivilege):
        authors.ask("ada", "SELECT restore_version(%s, 1)", document, role="readonly_users")


def test_two_versions_are_compared_line_by_line_either_way(authors: Authors) -> None:
    document = authors.make("documents", content="Shop\n\nLog in by name\nPay\nLog out")
    _save(authors, document, "Shop\n\nLog in by e-mail\nPay\nShip\nLog out")
    compare = "SELECT * FROM compare_versions(%s, %s, %s) WHERE change <> 'kept'"

    forwards = authors.ask("ada", compare, document, 1, 2)
    backwards = authors.ask("ada", compare, document, 2, 1)

    assert forwards == [
        ("removed", 3, None, "Log in by name"),
        ("added", None, 3, "Log in by e-mail"),
        ("added", None, 5, "Ship"),
    ]
    assert [(change, line) for change, _, _, line in backwards] == [
        ("removed", "Log in by e-mail"),
        ("added", "Log in by name"),
        ("removed", "Ship"),
    ]
    assert authors.ask("ada", compare, document, 1, 1) == []
    assert authors.ask("ada", compare.replace(" WHERE change <> 'kept'", ""), document, 1, 9) == []


def _longest_common(a: list[str], b: list[str]) -> int:
    row = [0] * (len(b) + 1)
    for line in a:
        last = row
        row = [0]
        for n, other in enumerate(b):
            row.append(last[n] + 1 if line == other else max(row[n], last[n + 1]))
    return row[-1]


def test_a_comparison_holds_both_texts_and_keeps_as_many_lines_as_can_be(authors: Authors) -> None:
    chance = random.Random(4)  # noqa: S311  (texts, not secrets)
    pairs = [
        ([chance.choice(("", "a", "b", "c")) for _ in range(chance.randint(0, 14))] for _ in "ab")
        for _ in range(150)
    ]
    query = "SELECT change, former_line, latter_line, line FROM copilot.compare_texts(%s, %s)"

    for former, latter in pairs:
        texts = ["\n".join(former), "\n".join(latter)]
        compared = authors.db.admin.execute(query, texts).fetchall()

        for text, other, place in ((texts[0], "added", 1), (texts[1], "removed", 2)):
            of_this = [row for row in compared if row[0] != other]
            assert "\n".join(row[3] for row in of_this) == text, texts
            assert [row[place] for row in of_this] == [*range(1, len(of_this) + 1)], texts
        lines = [text.split("\n") if text else [] for text in texts]
        assert [row[0] for row in compared].count("kept") == _longest_common(*lines), texts


def test_texts_with_nothing_in_common_are_compared_in_bounded_time(authors: Authors) -> None:
    former, latter = ("\n".join(f"{who} {n}" for n in range(20_000)) for who in ("ada", "ben"))
    query = "SELECT change, count(*) FROM copilot.compare_texts(%s, %s) GROUP BY change ORDER BY change"

    with authors.db.connect(options="-c statement_timeout=10s") as connection:
        counted = connection.execute(query, [f"same\n{former}\nend", f"same\n{latter}\nend"]).fetchall()

    assert counted == [("added", 20_000), ("kept", 2), ("removed", 20_000)]
