"""Every CHECK takes the document's own values and refuses what lies just beyond them."""

from typing import Any

import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from tests.core.conftest import Cast
from tests.support.atmosfera import add, rows

CASES = ["draft", "ready", "in-progress", "passed", "failed", "blocked", "deprecated"]
CYCLES = ["created", "in-progress", "completed", "archived"]
MODES = ["manual", "ai-assisted-manual", "automated"]
RUNS = ["in-progress", "passed", "failed", "blocked"]
LEVELS = ["Foundation", "Developing", "Defined", "Managed", "Optimizing"]
PRIORITIES = ["low", "medium", "high", "critical"]
WORD = (["normal", "as_agreed", "won-t-fix"], ["", "Normal", "-1", "two words", "a-"])
ARRAY = ([Jsonb([]), Jsonb(["a"])], [Jsonb({}), Jsonb("a")])
LATER, EARLIER = "2025-07-02T00:00Z", "2025-06-30T23:59:59Z"

# (constraint, column, what is taken, what is refused)
EDGES: list[tuple[str, str, list[Any], list[Any]]] = [
    ("maturity_dimensions_name_is_not_blank_check", "name", ["x"], ["", " "]),
    ("maturity_dimensions_weight_is_not_negative_check", "weight", [0, 9.99], [-0.01]),
    ("maturity_levels_level_check", "level", [], [0, 6]),
    ("maturity_levels_name_check", "name", LEVELS, ["foundation"]),
    ("maturity_levels_criteria_is_an_array_check", "criteria", *ARRAY),
    ("assessments_current_level_check", "current_level", [1, 5], [0, 6]),
    ("assessments_target_level_check", "target_level", [2, 5, None], [6]),
    ("assessments_target_is_not_below_current_check", "target_level", [2], [1]),
    ("test_suites_name_is_not_blank_check", "name", ["x"], ["", " "]),
    ("test_suites_priority_check", "priority", PRIORITIES, ["-1", "Medium"]),
    ("test_suites_status_is_a_word_check", "status", *WORD),
    ("test_suites_coverage_requirements_is_an_array_check", "coverage_requirements", *ARRAY),
    ("test_suites_tags_is_an_array_check", "tags", *ARRAY),
    ("test_cases_title_is_not_blank_check", "title", ["x"], ["", " "]),
    ("test_cases_steps_is_an_array_check", "steps", *ARRAY),
    ("test_cases_priority_check", "priority", PRIORITIES, ["-1", "urgent"]),
    ("test_cases_severity_is_a_word_check", "severity", *WORD),
    ("test_cases_status_check", "status", CASES, ["banana", "Draft", "not-run"]),
    ("test_cases_automation_status_is_a_word_check", "automation_status", [*WORD[0], None], WORD[1]),
    ("test_cases_test_data_is_an_object_check", "test_data", [Jsonb({"a": 1})], [Jsonb([])]),
    ("test_cycles_name_is_not_blank_check", "name", ["x"], ["", " "]),
    ("test_cycles_status_check", "status", CYCLES, ["in_progress", "banana"]),
    ("test_cycles_testing_mode_check", "testing_mode", MODES, ["psychic"]),
    ("test_cycles_test_data_is_an_object_check", "test_data", [Jsonb({})], [Jsonb([])]),
    (
        "test_cycles_test_data_has_values_check",
        "test_data",
        [Jsonb({"user": {"value": "a", "description": "b"}}), Jsonb({"user": {"value": None}})],
        [Jsonb({"user": "a"}), Jsonb({"user": []}), Jsonb({"user": {"description": "b"}})],
    ),
    ("test_cycles_end_is_not_before_start_check", "end_date", [LATER, None], [EARLIER]),
    ("test_cycle_items_status_check", "status", ["not-run", *RUNS], ["skipped"]),
    ("test_runs_duration_is_not_negative_check", "duration", [0, None], [-1]),
    ("test_runs_status_check", "status", RUNS, ["??", "not-run"]),
    ("test_runs_evidence_is_an_array_check", "evidence", *ARRAY),
    ("test_runs_step_results_is_an_array_check", "step_results", *ARRAY),
    ("test_runs_defects_is_an_array_check", "defects", *ARRAY),
    ("test_runs_tags_is_an_array_check", "tags", *ARRAY),
    ("jira_tickets_jira_key_is_not_blank_check", "jira_key", ["A-1"], ["", " "]),
    ("jira_tickets_labels_is_an_array_check", "labels", *ARRAY),
    ("jira_tickets_components_is_an_array_check", "components", *ARRAY),
    ("test_case_jira_links_link_type_is_a_word_check", "link_type", *WORD),
    ("jira_sync_logs_sync_type_check", "sync_type", ["full", "incremental", "manual"], ["half"]),
    (
        "jira_sync_logs_status_check",
        "status",
        ["pending", "in_progress", "completed", "failed"],
        ["in-progress"],
    ),
    ("jira_sync_logs_counts_are_not_negative_check", "tickets_processed", [0], [-1]),
    ("jira_sync_logs_counts_are_not_negative_check", "tickets_created", [0], [-1]),
    ("jira_sync_logs_counts_are_not_negative_check", "tickets_updated", [0], [-1]),
    ("jira_sync_logs_end_is_not_before_start_check", "completed_at", [LATER, None], [EARLIER]),
    ("recommendations_title_is_not_blank_check", "title", ["x"], ["", " "]),
    ("recommendations_priority_check", "priority", PRIORITIES, ["-1"]),
    ("recommendations_status_is_a_word_check", "status", *WORD),
    ("recommendations_ai_confidence_check", "ai_confidence", [0, 1, None], [-0.01, 1.01, "NaN"]),
    ("recommendations_implementation_effort_is_a_word_check", "implementation_effort", *WORD),
    ("recommendations_expected_impact_is_a_word_check", "expected_impact", *WORD),
    ("metrics_name_is_not_blank_check", "name", ["x"], ["", " "]),
    ("metrics_value_is_finite_check", "value", [-1, 10**6, "1e40"], ["NaN", "Infinity", "-Infinity"]),
    ("document_folders_name_is_not_blank_check", "name", ["x"], ["", " "]),
    ("documents_title_is_not_blank_check", "title", ["x"], ["", " "]),
    ("documents_type_is_not_blank_check", "type", ["x"], ["", " "]),
    ("documents_tags_is_an_array_check", "tags", *ARRAY),
    ("documents_version_is_positive_check", "version", [1], [0]),
    ("documents_status_is_a_word_check", "status", *WORD),
]
DATED = {"test_cycles": "start_date", "jira_sync_logs": "started_at"}
TABLE_OF = (
    "SELECT conrelid::regclass::text FROM pg_constraint"
    " WHERE conname = %s AND conislocal AND connamespace = 'atmosfera'::regnamespace"
)
TESTED_ELSEWHERE = {"document_folders_parent_is_another_check"}


def test_every_check_takes_its_edge_and_refuses_what_lies_beyond(cast: Cast) -> None:
    rows(cast, cast.apollo)
    for table, column in DATED.items():
        cast.db.admin.execute(f"UPDATE atmosfera.{table} SET {column} = '2025-07-01T00:00Z'".encode())
    cast.db.admin.execute("ALTER TABLE atmosfera.test_cycle_items DISABLE TRIGGER USER")

    for constraint, column, taken, refused in EDGES:
        table = cast.value(TABLE_OF, constraint)
        update = f"UPDATE {table} SET {column} = %s WHERE id = (SELECT min(id) FROM {table})".encode()
        for value in taken:
            with cast.db.admin.transaction(force_rollback=True):
                assert cast.db.admin.execute(update, [value]).rowcount == 1, (constraint, value)
        for value in refused:
            with pytest.raises(errors.CheckViolation) as caught:
                cast.db.admin.execute(update, [value])
            assert caught.value.diag.constraint_name == constraint, value


def test_every_check_of_the_schema_is_tested_above(cast: Cast) -> None:
    checks = cast.db.admin.execute(
        "SELECT DISTINCT conname FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid"
        " WHERE k.connamespace = 'atmosfera'::regnamespace AND k.contype = 'c' AND NOT c.relispartition"
    )

    assert {row[0] for row in checks} == {edge[0] for edge in EDGES} | TESTED_ELSEWHERE


def test_a_folder_does_not_lie_in_itself(cast: Cast) -> None:
    folder = add(cast, "document_folders", project_id=cast.apollo, name="Plans")

    with pytest.raises(errors.CheckViolation, match="document_folders_parent_is_another_check"):
        cast.db.admin.execute("UPDATE atmosfera.document_folders SET parent_id = %s", [folder])


DUPLICATES = {
    "maturity_dimensions": "maturity_dimensions_name_key",
    "maturity_levels": "maturity_levels_dimension_id_level_key",
    "test_cycle_items": "test_cycle_items_cycle_id_project_id_test_case_id_key",
    "jira_tickets": "jira_tickets_project_id_jira_key_key",
    "test_case_jira_links": "test_case_jira_links_test_case_id_project_id_jira_ticket_id_key",
    "document_folders": "document_folders_project_id_parent_id_name_key",
}


def test_what_is_there_once_is_refused_a_second_time(cast: Cast) -> None:
    rows(cast, cast.apollo)

    for table, constraint in DUPLICATES.items():
        columns = cast.value(
            "SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = %s::regclass"
            " AND attnum > 0 AND attname NOT IN ('id', 'created_at', 'updated_at')",
            f"atmosfera.{table}",
        )
        again = f"INSERT INTO atmosfera.{table} ({columns}) SELECT {columns} FROM atmosfera.{table} LIMIT 1"
        with pytest.raises(errors.UniqueViolation) as caught:
            cast.db.admin.execute(again.encode())
        assert caught.value.diag.constraint_name == constraint


def test_the_framework_has_six_dimensions_of_five_levels(cast: Cast) -> None:
    found = cast.db.admin.execute(
        "SELECT d.id, count(l.id), array_agg(l.name::text ORDER BY l.level)"
        " FROM atmosfera.maturity_dimensions AS d"
        " JOIN atmosfera.maturity_levels AS l ON l.dimension_id = d.id GROUP BY d.id ORDER BY d.id"
    ).fetchall()

    assert found == [(number, 5, LEVELS) for number in range(1, 7)]
