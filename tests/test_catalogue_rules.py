"""Rules every object keeps: each file of tests/rules is a query that returns the offenders."""

from pathlib import Path

import pytest

from tests.support.database import Database

RULES = sorted((Path(__file__).parent / "rules").glob("*.sql"))

# What would break each rule, made in a rolled-back transaction: a rule that can't fail says nothing.
BREAKING = {
    "audited_tables_name_their_secrets": "ALTER TABLE core.projects ADD access_token text",
    "column_classes_name_what_exists": "ALTER TABLE core.projects RENAME quality_focus TO focus",
    "constraints_are_named_by_convention": (
        "ALTER TABLE core.projects ADD CONSTRAINT nonsense CHECK (true)"
    ),
    "definer_functions_are_pinned_and_private": "ALTER FUNCTION core.is_admin() RESET search_path",
    "every_column_has_a_class": "ALTER TABLE core.projects ADD colour text",
    "every_foreign_key_has_an_index": "DROP INDEX core.idx_projects_owner_id",
    "every_granted_verb_has_a_policy": "GRANT DELETE ON core.users TO authenticated_users",
    "every_index_is_named_by_convention": "CREATE INDEX by_name ON core.projects (name)",
    "every_object_says_what_it_is_for": "COMMENT ON COLUMN core.users.id IS NULL",
    "every_policy_has_a_granted_verb": "REVOKE DELETE ON core.projects FROM authenticated_users",
    "every_reference_to_a_person_has_an_erasure_policy": (
        "ALTER TABLE core.projects ADD reviewer_id bigint REFERENCES core.users (id)"
    ),
    "every_table_has_row_security": "ALTER TABLE core.projects DISABLE ROW LEVEL SECURITY",
    "invoker_functions_set_nothing": ("ALTER FUNCTION core.current_user_id() SET search_path = pg_catalog"),
    "keys_are_identities_not_serials": "ALTER TABLE core.projects ADD n serial",
    "moments_have_a_time_zone": "ALTER TABLE core.projects ADD at timestamp",
    "no_application_group_is_the_owner": "GRANT footing_owner TO authenticated_users",
    "no_index_repeats_another": ("CREATE INDEX idx_users_id ON core.project_members (user_id)"),
    "no_product_refers_to_another": (
        "CREATE TABLE apex.a (id int PRIMARY KEY);CREATE TABLE copilot.b (id int REFERENCES apex.a)"
    ),
    "partitioned_tables_are_registered_and_have_no_default": "DELETE FROM ops.partitioned_logs",
    "partitions_are_granted_to_nobody": (
        "DO $$ BEGIN EXECUTE format('GRANT SELECT ON core.%I TO readonly_users',"
        " to_char(now(), '\"audit_logs_\"YYYY_MM')); END $$"
    ),
    "partitions_have_their_logs_storage_parameters": (
        "UPDATE ops.partitioned_logs SET storage_parameters = '{}' WHERE table_name = 'audit_logs'"
    ),
    "public_is_granted_nothing": "GRANT EXECUTE ON FUNCTION core.is_admin() TO PUBLIC",
    "schema_public_is_empty_and_closed": "CREATE TABLE public.toy ()",
    "secret_columns_are_read_by_no_product": "GRANT SELECT (mfa_secret) ON core.users TO monitoring",
    "the_owner_owns_everything": "ALTER TABLE core.projects OWNER TO postgres",
    "triggers_share_their_functions_name": ("ALTER TRIGGER tg__audit ON core.projects RENAME TO other"),
    "updated_at_is_kept_by_trigger": "DROP TRIGGER tg__set_updated_at ON core.projects",
    "views_run_with_their_readers_rights": (
        "ALTER VIEW ops.partition_coverage SET (security_invoker = false)"
    ),
    "what_grows_has_a_retention_policy": "DROP INDEX webtest.idx_test_executions_created_at",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_nothing_offends_the_rule(migrated_db: Database, rule: Path) -> None:
    offenders = [row[0] for row in migrated_db.admin.execute(rule.read_bytes())]

    assert offenders == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_the_rule_finds_an_offender(migrated_db: Database, rule: Path) -> None:
    with migrated_db.admin.transaction(force_rollback=True):
        migrated_db.admin.execute(BREAKING[rule.stem].encode())

        offenders = migrated_db.admin.execute(rule.read_bytes()).fetchall()

    assert offenders
