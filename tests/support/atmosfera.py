"""A small ATMosFera to test in: a row of every table, for any project."""

from typing import Any

from tests.core.conftest import Cast

# every tenant table of atmosfera, parents first
TABLES = [
    "assessments",
    "test_suites",
    "test_cases",
    "test_cycles",
    "test_cycle_items",
    "test_runs",
    "jira_tickets",
    "test_case_jira_links",
    "jira_sync_logs",
    "recommendations",
    "metrics",
    "document_folders",
    "documents",
]


def dimension(cast: Cast, name: str = "Risk Management") -> int:
    """Return the id of one of the six dimensions."""
    return cast.value("SELECT id FROM atmosfera.maturity_dimensions WHERE name = %s", name)


def add(cast: Cast, table: str, **row: Any) -> int:
    """Insert one row into a table of atmosfera as the superuser and return its id."""
    return cast.insert(f"atmosfera.{table}", row)


def rows(cast: Cast, project: int) -> dict[str, dict[str, Any]]:
    """Insert a row into every tenant table of that project; return each as it was given, with its id."""
    made: dict[str, dict[str, Any]] = {}

    def put(table: str, **row: Any) -> int:
        made[table] = {"project_id": project, **row}
        made[table]["id"] = add(cast, table, **made[table])
        return made[table]["id"]

    put("assessments", dimension_id=dimension(cast), current_level=2)
    suite = put("test_suites", name="Login")
    case = put("test_cases", title="Log in with a password", suite_id=suite)
    cycle = put("test_cycles", name="Sprint 1")
    item = put("test_cycle_items", cycle_id=cycle, test_case_id=case, suite_id=suite)
    put("test_runs", cycle_item_id=item, status="passed")
    ticket = put("jira_tickets", jira_key="SHOP-1", summary="Log-in", status="Open")
    put("test_case_jira_links", test_case_id=case, jira_ticket_id=ticket)
    put("jira_sync_logs", sync_type="full", status="pending")
    put("recommendations", title="Automate", dimension_id=dimension(cast))
    put("metrics", name="coverage", value=1)
    folder = put("document_folders", name="Plans")
    put("documents", title="Plan", type="plan", content="The login plan", folder_id=folder)
    return made
