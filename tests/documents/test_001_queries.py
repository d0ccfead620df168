"""001 §9: its policy's query, and the access paths its indexes are for, each by the index we made."""

import pytest

from tests.core.conftest import Cast
from tests.support.atmosfera import rows

# what the document calls a common pattern or asks an index for → the index that answers it
PATHS = {
    "SELECT * FROM test_cases WHERE {0} AND status = 'ready'": "idx_test_cases_project_id_status",
    "SELECT * FROM test_cases WHERE suite_id = 7": "idx_test_cases_suite_id_project_id",
    "SELECT status, count(*) FROM test_cycle_items WHERE cycle_id = 7 GROUP BY status": (
        "test_cycle_items_cycle_id_project_id_test_case_id_key"
    ),
    "SELECT * FROM jira_tickets WHERE {0} AND status = 'Open'": ("idx_jira_tickets_project_id_status"),
    "SELECT * FROM jira_tickets WHERE {0} AND jira_key = 'S-7'": ("jira_tickets_project_id_jira_key_key"),
    "SELECT * FROM jira_tickets WHERE {0} ORDER BY last_synced LIMIT 20": (
        "idx_jira_tickets_project_id_last_synced"
    ),
    "SELECT * FROM assessments WHERE {0} AND dimension_id = 3"
    " ORDER BY assessment_date DESC, id DESC LIMIT 1": (
        "idx_assessments_project_id_dimension_id_assessment_date"
    ),
    "SELECT * FROM recommendations WHERE {0} AND status = 'active'"
    " ORDER BY created_at DESC LIMIT 20": "idx_recommendations_project_id_status_created_at",
    "SELECT * FROM test_runs WHERE cycle_item_id = 7"
    " ORDER BY executed_at DESC, id DESC LIMIT 1": "idx_test_runs_cycle_item_id_project_id_executed_at",
    "SELECT * FROM test_runs WHERE {0} ORDER BY executed_at DESC LIMIT 20": (
        "idx_test_runs_project_id_executed_at"
    ),
    "SELECT * FROM test_runs WHERE executed_by = 7 ORDER BY executed_at DESC LIMIT 20": (
        "idx_test_runs_executed_by"
    ),
    "SELECT * FROM test_cycle_items WHERE test_case_id = 7": "idx_test_cycle_items_test_case_id_project_id",
    "SELECT * FROM test_case_jira_links WHERE test_case_id = 7": (
        "test_case_jira_links_test_case_id_project_id_jira_ticket_id_key"
    ),
    "SELECT * FROM test_case_jira_links WHERE jira_ticket_id = 7": (
        "idx_test_case_jira_links_jira_ticket_id_project_id"
    ),
    "SELECT * FROM jira_sync_logs WHERE {0} ORDER BY started_at DESC LIMIT 20": (
        "idx_jira_sync_logs_project_id_started_at"
    ),
    "SELECT * FROM documents WHERE {0} AND type = 'kind3'": "idx_documents_project_id_type",
    "SELECT value FROM metrics WHERE {0} AND name = 'm3' ORDER BY recorded_at DESC LIMIT 20": (
        "project_id_name_recorded_at_idx"  # a partition's
    ),
    "SELECT * FROM documents WHERE folder_id = 7": "idx_documents_folder_id_project_id",
}


FILL = """
    SET session_replication_role = replica;
    INSERT INTO atmosfera.test_cases (project_id, suite_id, title, status, search_vector)
    SELECT {0} + n % 40, n % 97, 'x', (ARRAY['ready', 'draft', 'passed'])[1 + n % 3], ''
    FROM generate_series(1, 12000) AS n;
    INSERT INTO atmosfera.test_cycle_items (project_id, cycle_id, test_case_id)
    SELECT {0} + n % 40, n / 50, n FROM generate_series(1, 12000) AS n;
    INSERT INTO atmosfera.test_runs (project_id, cycle_item_id, executed_by, executed_at, status)
    SELECT {0} + n % 40, n / 3, n % 100, now() - n * interval '1 min', 'passed'
    FROM generate_series(1, 12000) AS n;
    INSERT INTO atmosfera.jira_tickets (project_id, jira_key, summary, status, last_synced)
    SELECT {0} + n % 40, 'S-' || n, 'x', (ARRAY['Open', 'Done', 'Review'])[1 + n % 3],
        now() - n * interval '1 min'
    FROM generate_series(1, 12000) AS n;
    INSERT INTO atmosfera.test_case_jira_links (project_id, test_case_id, jira_ticket_id)
    SELECT {0} + n % 40, n / 2, n FROM generate_series(1, 12000) AS n;
    INSERT INTO atmosfera.assessments (project_id, dimension_id, current_level, assessment_date)
    SELECT {0} + n % 40, 1 + n % 6, 2, now() - n * interval '1 min' FROM generate_series(1, 12000) AS n;
    INSERT INTO atmosfera.recommendations (project_id, title, status, created_at)
    SELECT {0} + n % 40, 'x', (ARRAY['active', 'done'])[1 + n % 2], now() - n * interval '1 min'
    FROM generate_series(1, 12000) AS n;
    INSERT INTO atmosfera.jira_sync_logs (project_id, sync_type, status, started_at)
    SELECT {0} + n % 40, 'full', 'completed', now() - n * interval '1 min'
    FROM generate_series(1, 12000) AS n;
    INSERT INTO atmosfera.documents (project_id, folder_id, title, type, content, search_vector)
    SELECT {0} + n % 40, n % 97, 'x', 'kind' || n % 7, 'x', '' FROM generate_series(1, 12000) AS n;
    INSERT INTO atmosfera.metrics (project_id, name, value, recorded_at)
    SELECT {0} + n % 40, 'm' || n % 7, 1, now() + n * interval '1 min' FROM generate_series(1, 12000) AS n;
    SET session_replication_role = origin;
"""


def test_each_access_path_is_answered_by_its_index(cast: Cast) -> None:
    cast.db.admin.execute(FILL.format(cast.apollo).encode())
    cast.db.admin.execute("ANALYZE")
    wrong = {}

    with cast.db.session("authenticated_users", cast.viewer) as session:
        session.execute("SET LOCAL search_path = atmosfera, core")
        for query, index in PATHS.items():
            explain = f"EXPLAIN {query.format(f'project_id = {cast.apollo}')}"
            plan = "\n".join(row[0] for row in session.execute(explain.encode()))
            if f"{index} " not in plan.replace("\n", " ") + " ":
                wrong[query] = plan

    assert wrong == {}


def test_the_policys_query_gives_the_sessions_projects(cast: Cast) -> None:
    with cast.db.session("authenticated_users", cast.viewer) as session:
        session.execute("SET LOCAL search_path = atmosfera, core")

        found = session.execute(
            "SELECT project_id FROM user_project_access WHERE user_id = current_user_id()"
        ).fetchall()

    assert found == [(cast.apollo,)]
    assert cast.value("SELECT count(DISTINCT project_id) FROM core.user_project_access") == 2


@pytest.mark.parametrize(
    "query",
    [
        'SELECT count(*) FROM test_cases WHERE steps @> \'[{"do": "type"}]\'',
        "SELECT count(*) FROM jira_tickets WHERE labels @> '[\"auth\"]'",
        "SELECT count(*) FROM documents WHERE tags @> '[\"auth\"]'",
    ],
)
def test_containment_finds_the_projects_rows_and_no_others(cast: Cast, query: str) -> None:
    for project in (cast.apollo, cast.borealis):
        rows(cast, project)
    cast.db.admin.execute('UPDATE atmosfera.test_cases SET steps = \'[{"do": "type"}]\'')
    cast.db.admin.execute('UPDATE atmosfera.jira_tickets SET labels = \'["auth", "web"]\'')
    cast.db.admin.execute("UPDATE atmosfera.documents SET tags = '[\"auth\"]'")

    with cast.db.session("authenticated_users", cast.viewer) as session:
        session.execute("SET LOCAL search_path = atmosfera, core")

        assert session.execute(query.encode()).fetchone() == (1,)
