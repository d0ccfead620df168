"""webtest.search_test_cases(): what a person typed, in the projects they may see, best first."""

import pytest
from psycopg import errors

from tests.webtest.conftest import Bench

SEARCH = "SELECT id FROM webtest.search_test_cases(%s)"


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
@pytest.mark.parametrize("part", ["nobody", "outsider", "viewer", "editor", "manager", "admin"])
def test_one_finds_the_cases_one_may_see_and_no_other(bench: Bench, role: str, part: str) -> None:
    found = bench.ids(role, part, SEARCH, "login")

    seen = bench.ids(role, part, "SELECT id FROM webtest.test_cases")
    assert found == seen
    assert bench.value("SELECT count(*) FROM webtest.test_cases") == 2


def test_the_deactivated_find_nothing(bench: Bench) -> None:
    before = bench.ids("authenticated_users", "viewer", SEARCH, "login")
    bench.db.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [bench.viewer])

    assert bench.ids("authenticated_users", "viewer", SEARCH, "login") == set()
    assert before == {bench.case}


def test_naming_a_project_opens_none(bench: Bench) -> None:
    query = "SELECT id FROM webtest.search_test_cases('login', %s)"

    assert bench.ids("authenticated_users", "viewer", query, bench.borealis) == set()
    assert bench.ids("authenticated_users", "outsider", query, bench.borealis) == {bench.foreign_case}


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("login works", True),
        ('"works login"', False),
        ("absent or login", True),
        ("login -person", False),
        ("login & ( authentication", False),
        ("", False),
    ],
)
def test_what_people_type_is_understood(bench: Bench, typed: str, finds: bool) -> None:
    found = bench.ids("authenticated_users", "viewer", SEARCH, typed)

    assert found == ({bench.case} if finds else set())


def test_a_title_outranks_a_description_and_pages_do_not_overlap(bench: Bench) -> None:
    text = {"title": "Other", "description": "Zebra in words"}
    lower = [bench.test_case(bench.apollo, **text) for _ in range(3)]
    upper = bench.test_case(bench.apollo, title="Zebra", description="In the title")
    page = "SELECT id FROM webtest.search_test_cases('zebra', p_limit => 2, p_offset => %s)"

    with bench.db.session("authenticated_users", bench.viewer) as session:
        pages = [[row[0] for row in session.execute(page, [offset])] for offset in (0, 2, 4)]

    assert pages == [[upper, lower[2]], [lower[1], lower[0]], []]


def test_only_active_cases_are_found_unless_asked(bench: Bench) -> None:
    bench.db.admin.execute("UPDATE webtest.test_cases SET status = 'deprecated'")

    assert bench.ids("authenticated_users", "viewer", SEARCH, "login") == set()
    assert bench.ids(
        "authenticated_users",
        "viewer",
        "SELECT id FROM webtest.search_test_cases('login', p_status => NULL)",
    ) == {bench.case}


def test_the_snippet_marks_the_words_found(bench: Bench) -> None:
    query = "SELECT snippet FROM webtest.search_test_cases('person')"

    assert bench.ids("authenticated_users", "viewer", query) == {"A [person] logs in"}


def test_other_groups_may_not_search(bench: Bench) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        bench.db.session("bulk_loader", bench.viewer) as session,
    ):
        session.execute(SEARCH.encode(), ["login"])
