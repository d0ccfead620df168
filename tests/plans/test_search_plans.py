"""The search functions: the plan inside, the bound of 500 candidates, and what people may type."""

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


def test_the_index_answers_words_and_blocks_together(sample: Sample) -> None:
    """Whether they are rare or in every other row."""
    for function, (_, _, index) in SEARCHES.items():
        for words in ('histogram "carousel"', "user or shop or login or page"):
            plans, _ = _inside(sample, f"SELECT * FROM {function}('{words}')")

            conditions = re.findall(rf"Bitmap Index Scan on {index}.*\n\s+Index Cond: (.*)", plans)
            assert conditions, f"{function}\n{plans}"
            assert all("@@" in condition and "&& step.keys" in condition for condition in conditions)


def test_a_word_of_every_row_ranks_no_more_than_five_hundred(sample: Sample) -> None:
    """Counted where the candidates are limited, and from what comes back page by page."""
    for function in ("webtest.search_test_cases", "atmosfera.search_test_cases"):
        plans, _ = _inside(sample, f"SELECT * FROM {function}('user or shop or login or page')")

        candidates = [int(rows) for rows in re.findall(r"Limit .*?actual rows=(\d+)", plans)]
        assert max(candidates) == 500, f"{function}\n{plans}"

    with sample.db.session("authenticated_users", sample.everywhere) as session:
        (last,) = session.execute(
            "SELECT count(*) FROM generate_series(0, 1900, 100) AS page CROSS JOIN LATERAL"
            " webtest.search_test_cases('user or shop or login or page', p_limit => 100, p_offset => page)"
        ).fetchone()
    control = sample.one(
        "SELECT count(*) FROM webtest.test_cases WHERE status = 'active'"
        " AND tsv @@ websearch_to_tsquery('english', 'user or shop or login or page')"
    )
    assert control > 500
    assert last == 500


@pytest.mark.parametrize("words", ["user or shop or login", "login -page", '"password reset"', "carousel"])
def test_the_newest_matches_are_ranked_and_no_others(sample: Sample, words: str) -> None:
    """Of all projects, which are asked for by block, and of one, by block and project."""
    by_hand = (
        "SELECT array_agg(m.id ORDER BY m.rank DESC, m.id DESC) FROM ("
        " SELECT n.id, ts_rank(n.tsv, n.q) AS rank FROM ("
        "  SELECT c.id, c.tsv, q FROM webtest.test_cases AS c,"
        "  websearch_to_tsquery('english', %(words)s) AS q"
        "  WHERE c.tsv @@ q AND c.status = 'active' AND c.project_id = ANY (%(projects)s)"
        "  ORDER BY c.id DESC LIMIT 500) AS n"
        " ORDER BY 2 DESC, 1 DESC LIMIT 100) AS m"
    )
    everything = [project for (project,) in sample.db.admin.execute("SELECT id FROM core.projects")]

    for asked, projects in ((None, everything), (sample.popular, [sample.popular])):
        row = sample.db.admin.execute(by_hand.encode(), {"words": words, "projects": projects}).fetchone()
        with sample.db.session("authenticated_users", sample.everywhere) as session:
            found = session.execute(
                "SELECT id FROM webtest.search_test_cases(%s, %s, p_limit => 100)", [words, asked]
            ).fetchall()

        assert row and row[0], "nothing to find"
        assert [case for (case,) in found] == row[0], asked


def test_the_steps_of_a_search_meet_every_row_once_newest_first(sample: Sample) -> None:
    """Also where ids are large; by block alone, for many projects, and by block and project."""
    for newest in (0, 2047, 2048, 150_000, 70_000_000):
        for projects in ([7], list(range(60))):
            met = sample.db.admin.execute(
                "SELECT probe.id, array_agg(step.nth) FROM unnest(%s::bigint[]) AS probe (id)"
                " JOIN core.search_steps(%s, %s::bigint[]) WITH ORDINALITY AS step (keys, nth)"
                " ON core.search_keys(7, probe.id) && step.keys GROUP BY 1 ORDER BY 1 DESC",
                [sorted({newest, newest // 2, newest // 3, newest // 40, 0}), newest, projects],
            ).fetchall()
            (steps,) = sample.db.admin.execute(
                "SELECT count(*) FROM core.search_steps(%s, %s::bigint[])", [newest, projects]
            ).fetchone()

            order = [step for (_, nths) in met for step in nths]
            assert len(met) == len({newest, newest // 2, newest // 3, newest // 40, 0})
            assert all(len(nths) == 1 for _, nths in met), (newest, met)
            assert order == sorted(order), (newest, met)
            assert steps < 600


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
