"""001 §8: the three views, on rows where the document's own query counts wrong; and the two beside them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from psycopg import errors

from tests.core.conftest import Cast
from tests.support.atmosfera import add, dimension, rows


def _query(cast: Cast, query: str, *arguments: Any, part: str = "viewer") -> list[tuple[Any, ...]]:
    """Run a query as ATMosFera's login does: the product's search_path, the application role."""
    with cast.db.session("authenticated_users", cast.id_of(part)) as session:
        session.execute("SET LOCAL search_path = atmosfera, core")
        return session.execute(query.encode(), arguments).fetchall()


COVERAGE = (
    "SELECT total_jira_tickets, covered_tickets, total_test_cases, coverage_percentage"
    " FROM test_coverage_summary WHERE project_id = %s"
)


def test_coverage_counts_tickets_with_a_living_case_that_covers_them(cast: Cast) -> None:
    tickets = [
        add(cast, "jira_tickets", project_id=cast.apollo, jira_key=f"S-{n}", summary="x", status="Open")
        for n in range(4)
    ]
    living, second = (add(cast, "test_cases", project_id=cast.apollo, title=t) for t in "ab")
    dead = add(cast, "test_cases", project_id=cast.apollo, title="c", status="deprecated")
    for case, ticket, kind in (
        (living, tickets[0], "covers"),
        (second, tickets[0], "covers"),  # a ticket covered twice counts once
        (dead, tickets[1], "covers"),  # by a case no longer valid
        (living, tickets[2], "mentions"),  # not coverage
    ):
        add(cast, "test_case_jira_links", test_case_id=case, jira_ticket_id=ticket, link_type=kind)

    found = _query(cast, COVERAGE, cast.apollo)

    assert found == [(4, 1, 3, Decimal("25.00"))]  # the document's query says 3 covered, 75 %


def test_coverage_of_nothing_is_unknown_and_of_no_case_is_zero(cast: Cast) -> None:
    before = _query(cast, COVERAGE, cast.apollo)
    add(cast, "jira_tickets", project_id=cast.apollo, jira_key="S-1", summary="x", status="Open")

    assert before == [(0, 0, 0, None)]
    assert _query(cast, COVERAGE, cast.apollo) == [(1, 0, 0, Decimal("0.00"))]


PROGRESS = (
    "SELECT current_level, target_level, assessment_date, latest_rank FROM maturity_progress"
    " WHERE project_id = %s AND dimension_name = 'Risk Management'"
)


def test_progress_ranks_the_latest_assessment_first(cast: Cast) -> None:
    risk = dimension(cast)
    days = [datetime(2025, month, 1, tzinfo=UTC) for month in (3, 6, 6, 1)]
    for level, day in zip((1, 2, 3, 5), days, strict=True):
        row = {"project_id": cast.apollo, "dimension_id": risk, "current_level": level}
        add(cast, "assessments", **row, target_level=5, assessment_date=day)

    found = _query(cast, PROGRESS, cast.apollo)

    assert found == [
        (3, 5, days[2], 1),  # of two at one moment the one written later
        (2, 5, days[1], 2),
        (1, 5, days[0], 3),
        (5, 5, days[3], 4),
    ]


def test_a_dimension_never_assessed_is_listed_and_not_ranked(cast: Cast) -> None:
    add(cast, "assessments", project_id=cast.apollo, dimension_id=dimension(cast), current_level=2)

    listed = _query(cast, "SELECT * FROM maturity_progress WHERE project_id = %s", cast.apollo)
    latest = _query(cast, "SELECT project_name, current_level FROM maturity_progress WHERE latest_rank = 1")

    assert len(listed) == 6
    assert [row[-1] for row in listed].count(None) == 5
    assert latest == [("Apollo", 2)]


NOW = (
    "SELECT project_id, dimension_name, current_level, target_level, assessment_date FROM {}"
    " ORDER BY project_id, dimension_name"
)


def test_current_maturity_is_the_latest_of_the_progress_and_what_was_never_assessed(cast: Cast) -> None:
    for project in (cast.apollo, cast.borealis):
        for number in range(40):  # two at one moment in each dimension, some dimensions not at all
            day = datetime(2025, 1, 1 + number % 20, tzinfo=UTC)
            row = {"project_id": project, "dimension_id": 1 + number % 4, "current_level": 1 + number % 5}
            add(cast, "assessments", **row, target_level=5, assessment_date=day)

    latest = "(SELECT * FROM maturity_progress WHERE latest_rank = 1 OR latest_rank IS NULL) AS m"

    for part, seen in (("viewer", 6), ("outsider", 6), ("nobody", 0)):
        found = _query(cast, NOW.format("current_maturity"), part=part)
        assert found == _query(cast, NOW.format(latest), part=part), part
        assert len(found) == seen
        assert [level for *_, level, _, _ in found].count(None) == (2 if seen else 0)


def test_project_coverage_is_the_summary_as_of_its_refresh_for_those_who_may_see_it(cast: Cast) -> None:
    for project in (cast.apollo, cast.borealis):
        rows(cast, project)
    figures = (
        "SELECT project_id, project_name, total_jira_tickets, covered_tickets, total_test_cases,"
        f" coverage_percentage FROM {{}} WHERE project_id = {cast.apollo}"
    )
    before = _query(cast, figures.format("project_coverage"))
    with cast.db.session("footing_owner") as owner:
        owner.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY atmosfera.project_coverage_data")
    expected = _query(cast, figures.format("test_coverage_summary"))
    add(cast, "jira_tickets", project_id=cast.apollo, jira_key="S-9", summary="x", status="Open")

    everybody = "SELECT project_id FROM project_coverage WHERE refreshed_at <= now()"
    assert before == []
    assert _query(cast, figures.format("project_coverage")) == expected
    assert _query(cast, figures.format("test_coverage_summary")) != expected
    assert _query(cast, everybody) == [(cast.apollo,)]
    assert _query(cast, everybody, part="outsider") == [(cast.borealis,)]
    assert _query(cast, everybody, part="nobody") == []
    for role in ("authenticated_users", "readonly_users", "monitoring"):
        with (
            pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
            cast.db.session(role, cast.id_of("manager")) as session,
        ):
            session.execute("SELECT * FROM atmosfera.project_coverage_data")


SUMMARY = (
    "SELECT cycle_name, total_tests, passed_tests, failed_tests, blocked_tests, not_run_tests, pass_rate,"
    " in_progress_tests FROM test_execution_summary WHERE project_id = %s ORDER BY cycle_id"
)


def test_the_summary_counts_each_item_by_its_latest_run(cast: Cast) -> None:
    cycle = add(cast, "test_cycles", project_id=cast.apollo, name="Sprint 1")
    add(cast, "test_cycles", project_id=cast.apollo, name="Sprint 2")
    runs = [["failed", "passed"], ["passed"], ["passed", "failed"], ["blocked"], ["in-progress"], []]
    for number, statuses in enumerate(runs):
        case = add(cast, "test_cases", project_id=cast.apollo, title=f"case {number}")
        item = add(cast, "test_cycle_items", cycle_id=cycle, test_case_id=case)
        for status in statuses:
            add(cast, "test_runs", cycle_item_id=item, status=status)

    found = _query(cast, SUMMARY, cast.apollo)

    assert found == [
        ("Sprint 1", 6, 2, 1, 1, 1, Decimal("50.00"), 1),  # 2 of the 4 with an outcome
        ("Sprint 2", 0, 0, 0, 0, 0, None, 0),
    ]


def test_a_view_shows_no_other_project(cast: Cast) -> None:
    rows(cast, cast.apollo)
    rows(cast, cast.borealis)

    for view in ("test_coverage_summary", "maturity_progress", "test_execution_summary"):
        query = f"SELECT DISTINCT project_id FROM {view}"
        assert _query(cast, query) == [(cast.apollo,)], view
        assert _query(cast, query, part="outsider") == [(cast.borealis,)], view
        assert _query(cast, query, part="nobody") == [], view
        assert cast.value(f"SELECT count(DISTINCT project_id) FROM atmosfera.{view}") == 2


def test_the_views_have_the_documents_columns_in_its_order(cast: Cast) -> None:
    columns = {
        "test_coverage_summary": "project_id project_name total_jira_tickets covered_tickets"
        " total_test_cases coverage_percentage",
        "maturity_progress": "project_id project_name dimension_name current_level target_level"
        " assessment_date latest_rank",
        "test_execution_summary": "cycle_id cycle_name project_id total_tests passed_tests failed_tests"
        " blocked_tests not_run_tests pass_rate in_progress_tests",
    }

    for view, names in columns.items():
        found = cast.db.admin.execute(f"SELECT * FROM atmosfera.{view}".encode()).description
        assert [column.name for column in found] == names.split()
