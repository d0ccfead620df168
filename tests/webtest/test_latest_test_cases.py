"""webtest.latest_test_cases(): what the plain query finds, in a few projects and in many."""

import pytest

from tests.webtest.conftest import Bench

PLAIN = "SELECT id FROM webtest.test_cases WHERE status = 'active' ORDER BY created_at DESC LIMIT %s"
LATEST = "SELECT id FROM webtest.latest_test_cases(%s)"
MANY = 60  # projects: more than the function, and a search, names one by one


def many_projects(bench: Bench) -> None:
    """Give otto so many projects, each with a case of a minute of its own, one in five inactive."""
    for n in range(MANY):
        case = bench.test_case(
            bench.project(bench.outsider, f"Project {n}"), status="inactive" if n % 5 == 0 else "active"
        )
        bench.db.admin.execute(
            "UPDATE webtest.test_cases SET created_at = now() - %s * interval '1 minute' WHERE id = %s",
            [n * 7 % MANY + 1, case],
        )


@pytest.mark.parametrize("limit", [0, 1, 30])
def test_it_finds_what_the_plain_query_finds_of_many_projects_and_of_a_few(
    bench: Bench, limit: int
) -> None:
    many_projects(bench)

    for part in ("outsider", "viewer"):
        with bench.db.session("authenticated_users", bench.id_of(part)) as session:
            plain = session.execute(PLAIN.encode(), [limit]).fetchall()
            latest = session.execute(LATEST.encode(), [limit]).fetchall()

        assert latest == plain, part
        assert len(plain) == min(limit, 30 if part == "outsider" else 1), part


@pytest.mark.parametrize("role", ["authenticated_users", "readonly_users"])
@pytest.mark.parametrize("part", ["nobody", "outsider", "viewer", "admin"])
def test_it_shows_the_cases_one_may_see_and_no_other(bench: Bench, role: str, part: str) -> None:
    latest = bench.ids(role, part, "SELECT id FROM webtest.latest_test_cases()")

    assert latest == bench.ids(role, part, "SELECT id FROM webtest.test_cases")
    assert bench.value("SELECT count(*) FROM webtest.test_cases") == 2


def test_a_page_has_a_hundred_at_most(bench: Bench) -> None:
    for _ in range(120):
        bench.test_case(bench.apollo)

    assert bench.run("viewer", LATEST, 1000) == 100


def test_a_search_of_many_projects_finds_all_of_them_and_no_other(bench: Bench) -> None:
    many_projects(bench)
    query = "SELECT id FROM webtest.search_test_cases('login', p_limit => 100, p_status => NULL)"

    found = bench.ids("authenticated_users", "outsider", query)

    assert found == bench.ids("authenticated_users", "outsider", "SELECT id FROM webtest.test_cases")
    assert len(found) == MANY + 1
    assert bench.case not in found
