"""The search functions: what people type, one's own projects only, best first, in stable pages."""

import pytest

from tests.core.conftest import Cast
from tests.support.atmosfera import add

SEARCH = {
    "test_cases": "SELECT id FROM atmosfera.search_test_cases(%s)",
    "documents": "SELECT id FROM atmosfera.search_documents(%s)",
}


def _put(cast: Cast, table: str, project: int, title: str, text: str) -> int:
    more = {"description": text} if table == "test_cases" else {"content": text, "type": "note"}
    return add(cast, table, project_id=project, title=title, **more)


@pytest.mark.parametrize("table", SEARCH)
def test_one_finds_what_one_typed_in_ones_own_projects(cast: Cast, table: str) -> None:
    login = _put(cast, table, cast.apollo, "Login", "with a password and two factors")
    other = _put(cast, table, cast.apollo, "Search", "by login name")
    theirs = _put(cast, table, cast.borealis, "Login", "with a password")

    def found(part: str, query: str, role: str = "authenticated_users") -> set[int]:
        return cast.ids(role, part, SEARCH[table], query)

    assert found("viewer", "login") == found("viewer", "login", "readonly_users") == {login, other}
    assert found("outsider", "login") == {theirs}
    assert found("nobody", "login") == found("admin", "login") == set()
    assert found("viewer", "login password") == {login}
    assert found("viewer", '"two factors"') == {login}
    assert found("viewer", "login -password") == {other}
    assert found("viewer", "factor or name") == {login, other}
    assert found("viewer", "the & | :* ' (") == set()  # stop words and operators are no error
    assert cast.value(f"SELECT count(*) FROM atmosfera.{table}") == 3


@pytest.mark.parametrize("table", SEARCH)
def test_a_project_narrows_the_search_and_opens_none(cast: Cast, table: str) -> None:
    ours = _put(cast, table, cast.apollo, "Login", "x")
    _put(cast, table, cast.borealis, "Login", "x")
    query = f"SELECT id FROM atmosfera.search_{table}('login', %s)"

    assert cast.ids("authenticated_users", "viewer", query, cast.apollo) == {ours}
    assert cast.ids("authenticated_users", "viewer", query, cast.borealis) == set()


@pytest.mark.parametrize("table", SEARCH)
def test_a_word_of_the_title_ranks_before_one_of_the_text_and_is_marked(cast: Cast, table: str) -> None:
    text = _put(cast, table, cast.apollo, "Search", "by login name")
    title = _put(cast, table, cast.apollo, "Login", "login by name")
    query = f"SELECT id, snippet FROM atmosfera.search_{table}('login')"

    with cast.db.session("authenticated_users", cast.viewer) as session:
        rows = session.execute(query.encode()).fetchall()

    assert [row[0] for row in rows] == [title, text]
    assert all("«" in row[1] for row in rows)


def test_pages_are_stable_while_rows_are_added(cast: Cast) -> None:
    cases = [_put(cast, "test_cases", cast.apollo, "Login", "x") for _ in range(5)]
    page = "SELECT id, rank FROM atmosfera.search_test_cases('login', NULL, 2, %s, %s)"

    seen, rank, last = [], None, None
    while True:
        with cast.db.session("authenticated_users", cast.viewer) as session:
            rows = session.execute(page, [rank, last]).fetchall()
        if not rows:
            break
        seen += [row[0] for row in rows]
        last, rank = rows[-1]
        _put(cast, "test_cases", cast.apollo, "Login", "added meanwhile")

    assert seen == sorted(cases, reverse=True)


def test_a_page_has_at_most_a_hundred_rows_of_the_newest_five_hundred(cast: Cast) -> None:
    cast.db.admin.execute(
        "INSERT INTO atmosfera.test_cases (project_id, title)"
        " SELECT %s, 'Login' FROM generate_series(1, 600)",
        [cast.apollo],
    )
    oldest = cast.value("SELECT min(id) FROM atmosfera.test_cases")
    query = "SELECT id FROM atmosfera.search_test_cases('login', NULL, 5000, %s, %s)"

    assert len(cast.ids("authenticated_users", "viewer", query, None, None)) == 100
    rank = "SELECT rank FROM atmosfera.search_test_cases('login', NULL, 1)"
    first = cast.ids("authenticated_users", "viewer", rank).pop()
    assert cast.ids("authenticated_users", "viewer", query, first, oldest + 100) == set()
    assert len(cast.ids("authenticated_users", "viewer", query, first, oldest + 150)) == 50
