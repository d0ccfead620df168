"""001 §3 to §6: every table takes an INSERT with the document's own columns, as the application."""

import pytest

from tests.core.conftest import Cast
from tests.support.atmosfera import dimension

# table → every column the document gives it but id and its two clocks, each once
FULL = {
    "assessments": {
        "project_id": "{project}",
        "user_id": "{user}",
        "dimension_id": "{dimension}",
        "current_level": "2",
        "target_level": "4",
        "evidence": "'pipelines'",
        "notes": "'good'",
        "assessment_date": "'2025-07-16'",
    },
    "test_suites": {
        "name": "'Login'",
        "description": "'All of it'",
        "project_area": "'Web'",
        "priority": "'high'",
        "status": "'active'",
        "coverage_requirements": "'[\"FR-1\"]'",
        "ai_generated": "true",
        "tags": "'[\"smoke\"]'",
        "project_id": "{project}",
    },
    "test_cases": {
        "title": "'Log in'",
        "description": "'With a password'",
        "preconditions": "'An account'",
        "steps": '\'[{{"do": "type"}}]\'',
        "expected_results": "'In'",
        "actual_results": "'In'",
        "priority": "'high'",
        "severity": "'major'",
        "status": "'ready'",
        "suite_id": "(SELECT max(id) FROM test_suites)",
        "user_id": "{user}",
        "ai_generated": "false",
        "automatable": "true",
        "automation_status": "'planned'",
        "test_data": "'{{}}'",
        "project_id": "{project}",
    },
    "test_cycles": {
        "name": "'Sprint 1'",
        "description": "'First'",
        "status": "'in-progress'",
        "start_date": "'2025-07-01'",
        "end_date": "'2025-07-14'",
        "user_id": "{user}",
        "testing_mode": "'ai-assisted-manual'",
        "test_deployment_url": "'https://staging.example.com'",
        "test_data": (
            '\'{{"username": {{"value": "test@example.com", "description": "Test user account for login'
            ' scenarios"}}, "api_key": {{"value": "sk-test-123", "description": "API key for external'
            " service integration testing\"}}}}'"
        ),
        "project_id": "{project}",
    },
    "test_cycle_items": {
        "cycle_id": "(SELECT max(id) FROM test_cycles)",
        "test_case_id": "(SELECT max(id) FROM test_cases)",
        "suite_id": "(SELECT max(id) FROM test_suites)",
        "assigned_user_id": "{user}",
        "status": "'not-run'",
    },
    "test_runs": {
        "cycle_item_id": "(SELECT max(id) FROM test_cycle_items)",
        "executed_by": "{user}",
        "executed_at": "'2025-07-02'",
        "duration": "30",
        "status": "'passed'",
        "notes": "'fine'",
        "evidence": "'[]'",
        "environment": "'staging'",
        "version": "'1.2'",
        "step_results": "'[]'",
        "defects": "'[]'",
        "tags": "'[]'",
    },
    "jira_tickets": {
        "project_id": "{project}",
        "jira_key": "'SHOP-1'",
        "issue_type": "'Story'",
        "summary": "'Log-in'",
        "description": "'As a user'",
        "priority": "'P1'",
        "status": "'To Do'",
        "assignee": "'Ann'",
        "reporter": "'Bob'",
        "labels": "'[\"auth\"]'",
        "components": "'[]'",
        "created_date": "'2025-06-01'",
        "updated_date": "'2025-06-02'",
        "content_hash": "'abc'",
        "last_synced": "'2025-06-03'",
    },
    "test_case_jira_links": {
        "test_case_id": "(SELECT max(id) FROM test_cases)",
        "jira_ticket_id": "(SELECT max(id) FROM jira_tickets)",
        "link_type": "'covers'",
    },
    "jira_sync_logs": {
        "project_id": "{project}",
        "sync_type": "'incremental'",
        "status": "'completed'",
        "tickets_processed": "3",
        "tickets_created": "1",
        "tickets_updated": "2",
        "error_message": "NULL",
        "started_at": "'2025-06-03'",
        "completed_at": "'2025-06-04'",
    },
    "recommendations": {
        "title": "'Automate'",
        "description": "'More'",
        "category": "'AI'",
        "priority": "'medium'",
        "project_id": "{project}",
        "dimension_id": "{dimension}",
        "status": "'active'",
        "ai_confidence": "0.85",
        "implementation_effort": "'low'",
        "expected_impact": "'high'",
    },
    "metrics": {
        "name": "'requests'",
        "value": "1000000",
        "unit": "'1/day'",
        "category": "'load'",
        "project_id": "{project}",
        "dimension_id": "{dimension}",
        "recorded_at": "now()",
    },
    "documents": {
        "title": "'Plan'",
        "type": "'plan'",
        "content": "'# Plan'",
        "tags": "'[]'",
        "project_id": "{project}",
        "folder_id": "NULL",
        "ai_generated": "true",
        "version": "1",
        "status": "'draft'",
        "created_by": "{user}",
    },
}
# what the document requires of each, and no more; project_id is what isolation requires (001 §1.2)
LEAST = {
    "assessments": ["project_id", "dimension_id", "current_level"],
    "test_suites": ["name", "project_id"],
    "test_cases": ["title", "project_id"],
    "test_cycles": ["name", "project_id"],
    "test_cycle_items": ["cycle_id", "test_case_id"],
    "test_runs": ["cycle_item_id", "status"],
    "jira_tickets": ["project_id", "jira_key", "summary", "status"],
    "test_case_jira_links": ["test_case_id", "jira_ticket_id"],
    "jira_sync_logs": ["project_id", "sync_type", "status"],
    "recommendations": ["title", "project_id"],
    "metrics": ["name", "value", "project_id"],
    "documents": ["title", "type", "content", "project_id"],
}


@pytest.mark.parametrize("columns", [FULL, LEAST], ids=["every column", "the required columns"])
def test_an_insert_with_the_documents_columns_works(cast: Cast, columns: dict) -> None:
    values = {"project": cast.apollo, "user": cast.editor, "dimension": dimension(cast)}

    with cast.db.session("authenticated_users", cast.editor) as session:
        session.execute("SET LOCAL search_path = atmosfera, core")
        for table, names in columns.items():
            given = ", ".join(FULL[table][name].format(**values) for name in names)
            insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({given}) RETURNING *"
            session.execute(insert.encode())

    for table in columns:
        assert cast.value(f"SELECT array_agg(project_id) FROM atmosfera.{table}") == [cast.apollo], table


def test_the_sample_dimensions_are_there_and_not_twice(cast: Cast) -> None:
    names = cast.db.admin.execute("SELECT name FROM atmosfera.maturity_dimensions ORDER BY id").fetchall()

    assert [name for (name,) in names] == [
        "Automation Intelligence",
        "Quality Engineering",
        "Risk Management",
        "Process Optimization",
        "Team Collaboration",
        "Continuous Improvement",
    ]
