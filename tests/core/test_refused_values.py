"""What the CHECKs refuse and the audit trail hears of, in a row of every table: lists, by hand.

tests/atmosfera and tests/assistant have such lists of their own, with the edges that are taken.
"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from tests.support.database import Database
from tools.proof.rows import Filler

BLANK, NO_OBJECT, NO_SET = [" "], ["[]", "1"], ["whatever"]
NO_SHA256 = ["A" * 64, "a" * 63]
SHARE = ["-0.01", "1.01", "NaN"]

# constraint → column, what it refuses
REFUSED: dict[str, tuple[str, list[str]]] = {
    "apex.account_members_access_level_check": ("access_level", NO_SET),
    "apex.accounts_name_is_not_blank_check": ("name", BLANK),
    "apex.project_events_data_is_an_object_check": ("data", NO_OBJECT),
    "apex.project_events_event_type_is_not_blank_check": ("event_type", BLANK),
    "apex.project_payloads_module_is_not_blank_check": ("module", BLANK),
    "apex.project_payloads_payload_is_an_object_or_array_check": ("payload", ["1", '"x"']),
    "apex.projects_confidence_is_from_0_to_1_check": ("confidence", SHARE),
    "apex.projects_constants_version_is_not_blank_check": ("constants_version", BLANK),
    "apex.projects_content_sha256_is_64_lower_case_hex_digits_check": ("content_sha256", NO_SHA256),
    "apex.projects_etag_is_not_blank_check": ("etag", BLANK),
    "apex.projects_etag_is_not_that_of_another_check": ("etag", ['"999999-1"']),
    "apex.projects_name_is_not_blank_check": ("name", BLANK),
    "apex.projects_status_check": ("status", NO_SET),
    "apex.projects_version_is_positive_check": ("version", ["0"]),
    "copilot.conversations_last_sequence_number_counts_check": ("last_sequence_number", ["-1"]),
    "copilot.conversations_metadata_is_an_object_check": ("metadata", NO_OBJECT),
    "copilot.conversations_title_is_not_blank_check": ("title", BLANK),
    "copilot.diagrams_diagram_type_check": ("diagram_type", NO_SET),
    "copilot.diagrams_metadata_is_an_object_check": ("metadata", NO_OBJECT),
    "copilot.diagrams_preview_url_is_not_blank_check": ("preview_url", BLANK),
    "copilot.diagrams_title_is_not_blank_check": ("title", BLANK),
    "copilot.document_versions_metadata_is_an_object_check": ("metadata", NO_OBJECT),
    "copilot.document_versions_version_is_positive_check": ("version", ["0"]),
    "copilot.documents_file_path_is_not_blank_check": ("file_path", BLANK),
    "copilot.documents_metadata_is_an_object_check": ("metadata", NO_OBJECT),
    "copilot.documents_project_name_is_not_blank_check": ("project_name", BLANK),
    "copilot.documents_status_check": ("status", NO_SET),
    "copilot.documents_version_is_positive_check": ("version", ["0"]),
    "copilot.messages_metadata_is_an_object_check": ("metadata", NO_OBJECT),
    "copilot.messages_role_check": ("role", NO_SET),
    "copilot.messages_sequence_number_is_positive_check": ("sequence_number", ["0"]),
    "copilot.messages_token_count_is_a_count_check": ("token_count", ["-1"]),
    "copilot.wireframes_metadata_is_an_object_check": ("metadata", NO_OBJECT),
    "copilot.wireframes_preview_url_is_not_blank_check": ("preview_url", BLANK),
    "copilot.wireframes_template_type_is_not_blank_check": ("template_type", BLANK),
    "copilot.wireframes_title_is_not_blank_check": ("title", BLANK),
    "core.audit_logs_response_status_is_http_check": ("response_status", ["99", "600"]),
    "core.global_settings_key_is_snake_case_check": ("key", ["Mixed", "9", "with-dash"]),
    "core.projects_name_is_not_blank_check": ("name", BLANK),
    "core.projects_project_type_check": ("project_type", NO_SET),
    "core.projects_status_check": ("status", NO_SET),
    "core.user_project_access_access_level_check": ("access_level", NO_SET),
    "core.users_email_is_an_address_check": ("email", ["nobody", "a b@c"]),
    "core.users_mfa_secret_is_encrypted_check": ("mfa_secret", ["plain"]),
    "core.users_password_hash_is_not_empty_check": ("password_hash", [""]),
    "core.users_preferences_is_an_object_check": ("preferences", NO_OBJECT),
    "core.users_role_check": ("role", NO_SET),
    "core.users_username_is_trimmed_check": ("username", [" x", "x "]),
    "ops.archives_bytes_check": ("bytes", ["0"]),
    "ops.archives_content_hash_is_sha256_check": ("content_hash", NO_SHA256),
    "ops.archives_month_is_a_first_day_check": ("month", ["2026-01-02"]),
    "ops.archives_row_count_check": ("row_count", ["-1"]),
    "ops.archives_sha256_check": ("sha256", NO_SHA256),
    "ops.column_classes_class_check": ("class", NO_SET),
    "ops.column_classes_names_columns_check": ("columns", ["{}"]),
    "ops.erasure_policies_action_check": ("action", NO_SET),
    "ops.erasure_policies_blank_names_columns_check": ("blanked", ["{}", "{email}"]),
    "ops.erasure_policies_reason_is_not_blank_check": ("reason", BLANK),
    "ops.maintenance_runs_done_is_an_object_check": ("done", NO_OBJECT),
    "ops.maintenance_runs_ends_after_its_start_check": ("finished_at", ["-infinity"]),
    "ops.partitioned_logs_storage_parameters_are_assignments_check": (
        "storage_parameters",
        ["{fillfactor}", "{fillfactor = 90}", '{"fillfactor=90); DROP TABLE t"}'],
    ),
    "ops.retention_policies_batch_size_check": ("batch_size", ["0", "100001"]),
    "ops.retention_policies_keep_is_a_day_or_more_check": ("keep", ["23 hours"]),
    "ops.retention_policies_method_check": ("method", NO_SET),
    "ops.retention_policies_only_call_names_a_function_check": ("prune_function", ["prune"]),
    "ops.retention_policies_open_rows_are_named_whole_check": ("open_column", ["status"]),
    "ops.retention_policies_reason_is_not_blank_check": ("reason", BLANK),
    "ops.retention_policies_rows_are_deleted_by_time_in_batches_check": ("time_column", ["created_at"]),
    "webtest.agent_decisions_agent_type_check": ("agent_type", NO_SET),
    "webtest.agent_decisions_confidence_score_check": ("confidence_score", SHARE),
    "webtest.agent_decisions_context_is_an_object_check": ("context", NO_OBJECT),
    "webtest.agent_decisions_decision_type_is_not_blank_check": ("decision_type", BLANK),
    "webtest.agent_decisions_execution_time_ms_is_a_duration_check": ("execution_time_ms", ["-1", "NaN"]),
    "webtest.agent_messages_message_type_is_not_blank_check": ("message_type", BLANK),
    "webtest.agents_agent_id_is_not_blank_check": ("agent_id", BLANK),
    "webtest.agents_agent_type_check": ("agent_type", NO_SET),
    "webtest.agents_status_check": ("status", NO_SET),
    "webtest.ml_models_metrics_is_an_object_check": ("metrics", NO_OBJECT),
    "webtest.ml_models_model_id_is_a_label_check": ("model_id", ["MODEL-1", "x"]),
    "webtest.ml_models_model_type_check": ("model_type", NO_SET),
    "webtest.ml_models_name_is_not_blank_check": ("name", BLANK),
    "webtest.ml_models_status_check": ("status", NO_SET),
    "webtest.ml_models_version_is_not_blank_check": ("version", BLANK),
    "webtest.predictions_confidence_check": ("confidence", SHARE),
    "webtest.predictions_features_is_an_object_or_array_check": ("features", ["1", '"x"']),
    "webtest.predictions_latency_ms_is_a_duration_check": ("latency_ms", ["-1", "NaN"]),
    "webtest.test_cases_priority_check": ("priority", NO_SET),
    "webtest.test_cases_status_check": ("status", NO_SET),
    "webtest.test_cases_test_id_is_a_label_check": ("test_id", ["TEST-1", "x"]),
    "webtest.test_cases_test_type_check": ("test_type", NO_SET),
    "webtest.test_executions_browser_check": ("browser", NO_SET),
    "webtest.test_executions_execution_id_is_not_blank_check": ("execution_id", BLANK),
    "webtest.test_executions_execution_time_is_a_duration_check": (
        "execution_time",
        ["-1", "NaN", "Infinity"],
    ),
}
AUDITED = [
    "apex.account_members",
    "apex.accounts",
    "apex.projects",
    "assistant.practices",
    "assistant.rules",
    "assistant.templates",
    "atmosfera.assessments",
    "atmosfera.document_folders",
    "atmosfera.documents",
    "atmosfera.maturity_dimensions",
    "atmosfera.maturity_levels",
    "atmosfera.recommendations",
    "atmosfera.test_cases",
    "atmosfera.test_cycles",
    "atmosfera.test_suites",
    "copilot.conversations",
    "copilot.diagrams",
    "copilot.documents",
    "copilot.wireframes",
    "core.global_settings",
    "core.projects",
    "core.user_project_access",
    "core.users",
    "webtest.agents",
    "webtest.ml_models",
]
# Their rows come with the migrations, which are not what is to be heard.
REFERENCE_DATA = ["atmosfera.maturity_dimensions", "atmosfera.maturity_levels", "core.global_settings"]
TABLE_OF = """
    SELECT min(k.conrelid::regclass::text)
    FROM pg_constraint AS k
    WHERE format('%%s.%%s', k.connamespace::regnamespace, k.conname) = %s
        AND k.conparentid = 0 AND k.contype = 'c' AND k.conislocal"""


@pytest.fixture
def filled(migrated_db: Database) -> Iterator[psycopg.Connection]:
    """A row in every table; as the superuser, whom no policy binds."""
    with psycopg.connect(migrated_db.url(), autocommit=True) as connection:
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute("DELETE FROM core.audit_logs")
        Filler(connection, rows=1).fill()
        yield connection


def test_every_check_refuses_what_it_is_there_for(filled: psycopg.Connection) -> None:
    filled.execute("SET session_replication_role = replica")  # the CHECKs alone, without triggers

    kept = []
    for constraint, (column, values) in REFUSED.items():
        (table,) = filled.execute(TABLE_OF, [constraint]).fetchone() or (None,)
        assert table, f"{constraint} is not there"
        for value in values:
            try:
                filled.execute(f"UPDATE {table} SET {column} = %s".encode(), [value])
            except errors.CheckViolation as refusal:
                if refusal.diag.constraint_name != constraint.partition(".")[2]:
                    kept.append(f"{constraint}: {value} was refused by {refusal.diag.constraint_name}")
            else:
                kept.append(f"{constraint}: {value} was taken")

    assert kept == []


def test_each_audited_table_is_heard_of(filled: psycopg.Connection) -> None:
    for table in REFERENCE_DATA:
        filled.execute(f"UPDATE {table} SET description = 'another'".encode())
    heard = filled.execute("SELECT DISTINCT resource FROM core.audit_logs").fetchall()

    assert sorted(name for (name,) in heard) == AUDITED
