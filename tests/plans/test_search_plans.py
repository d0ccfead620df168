"""The search functions: the plan inside, the bound of 1,000 candidates, and what people may type."""

import re

import pytest

from tests.plans.conftest import Sample

pytestmark = pytest.mark.xdist_group("plans")

# function → table, its key for the words, and the index
SEARCHES = {
    "webtest.search_test_cases": (
        "webtest.test_cases",
        "title, description, test_type",
        "idx_test_cases_tsv",
    ),
    "atmosfera.search_test_cases": (
        "atmosfera.test_cases",
        "title, description",
        "idx_test_cases_search_vector",
    ),
    "atmosfera.search_documents": (
        "atmosfera.documents",
        "title, content, type",
        "idx_documents_search_vector",
    ),
}
HOSTILE = [
    "login & authentication",
    "login | ) (",
    "' OR 1=1; DROP TABLE core.users; --",
    '"unclosed phrase',
    "-",
    "- - or or",
    ":* <-> !!",
    "\\",
    "%_%",
    "日本語 übung ✓",
    "\t\n",
    "the",
    "",
    "a" * 20000,
    "or ".join(["word "] * 2000),
    "(" * 500,
]


def _inside(sample: Sample, call: str) -> tuple[str, list[str]]:
    """Return the plans of the statements inside a function, as auto_explain tells them to the client."""
    said: list[str] = []
    connection = sample.db.connect()
    connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
    connection.execute("LOAD 'auto_explain'")
    for name, value in {
        "auto_explain.log_min_duration": "0",
        "auto_explain.log_nested_statements": "on",
        "auto_explain.log_analyze": "on",
        "auto_explain.log_timing": "off",
        "auto_explain.log_level": "notice",
        "client_min_messages": "notice",
        "app.user_id": str(sample.everywhere),
    }.items():
        connection.execute("SELECT set_config(%s, %s, false)", [name, value])
    connection.execute(call.encode())
    connection.close()
    return "\n".join(said), said


def test_rare_words_come_from_the_index(sample: Sample) -> None:
    for function, (_, _, index) in SEARCHES.items():
        plans, _ = _inside(sample, f"SELECT * FROM {function}('histogram \"carousel\"')")

        assert f"Bitmap Index Scan on {index}" in plans, f"{function}\n{plans}"


def test_a_word_of_every_row_ranks_no_more_than_a_thousand(sample: Sample) -> None:
    """Counted where the candidates are limited, and from what comes back page by page."""
    for function in ("webtest.search_test_cases", "atmosfera.search_test_cases"):
        plans, _ = _inside(sample, f"SELECT * FROM {function}('user or shop or login or page')")

        candidates = [int(rows) for rows in re.findall(r"Limit .*?actual rows=(\d+)", plans)]
        assert max(candidates) == 1000, f"{function}\n{plans}"

    with sample.db.session("authenticated_users", sample.everywhere) as session:
        (last,) = session.execute(
            "SELECT count(*) FROM generate_series(0, 1900, 100) AS page CROSS JOIN LATERAL"
            " webtest.search_test_cases('user or shop or login or page', p_limit => 100, p_offset => page)"
        ).fetchone()
    control = sample.one(
        "SELECT count(*) FROM webtest.test_cases WHERE status = 'active'"
        " AND tsv @@ websearch_to_tsquery('english', 'user or shop or login or page')"
    )
    assert control > 1000
    assert last == 1000


def test_whatever_people_type_is_an_answer_not_an_error(sample: Sample) -> None:
    for function in SEARCHES:
        for text in HOSTILE:
            with sample.db.session("authenticated_users", sample.everywhere) as session:
                rows = session.execute(f"SELECT * FROM {function}(%s)".encode(), [text]).fetchall()

            assert len(rows) <= 20, f"{function}({text[:40]!r})"
        with sample.db.session("authenticated_users", sample.everywhere) as session:
            assert session.execute(f"SELECT * FROM {function}(NULL)".encode()).fetchall() == []
            found = session.execute(f"SELECT * FROM {function}('login')".encode()).fetchall()

        assert found, f"{function} finds nothing at all"


def test_search_shows_one_project_or_all_of_ones_own(sample: Sample) -> None:
    for function in SEARCHES:
        with sample.db.session("authenticated_users", sample.everywhere) as session:
            everything = session.execute(
                f"SELECT project_id FROM {function}('login', p_limit => 100)".encode()
            )
            seen = {project for (project,) in everything}
            one = session.execute(
                f"SELECT DISTINCT project_id FROM {function}('login', %s)".encode(), [sample.popular]
            ).fetchall()
        with sample.db.session("authenticated_users", sample.nowhere) as session:
            nothing = session.execute(f"SELECT * FROM {function}('login')".encode()).fetchall()

        assert len(seen) > 1, function
        assert one == [(sample.popular,)], function
        assert nothing == [], function
