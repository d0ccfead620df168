-- 0118_classify_atmosfera
--
-- What:     the class of each column of atmosfera, and what erasing a person does there.
-- Why:      see 0116 and 0022.
-- Locks:    ops.column_classes ROW EXCLUSIVE, ops.erasure_policies ROW EXCLUSIVE
-- Data:     the reference rows of schema atmosfera
-- Rollback: loses the classes and policies of atmosfera.

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES
    ('atmosfera', 'maturity_dimensions', 'public', '{id, name, description, weight, created_at}'),
    ('atmosfera', 'maturity_levels', 'public',
     '{id, dimension_id, level, name, description, criteria, created_at}'),
    ('atmosfera', 'assessments', 'internal',
     '{id, project_id, user_id, dimension_id, current_level, target_level, assessment_date, created_at}'),
    ('atmosfera', 'assessments', 'confidential', '{evidence, notes}'),
    ('atmosfera', 'test_suites', 'internal',
     '{id, project_id, priority, status, ai_generated, created_at, updated_at}'),
    ('atmosfera', 'test_suites', 'confidential',
     '{name, description, project_area, coverage_requirements, tags}'),
    ('atmosfera', 'test_cases', 'internal',
     '{id, project_id, suite_id, user_id, priority, severity, status, ai_generated, automatable,'
     ' automation_status, created_at, updated_at}'),
    ('atmosfera', 'test_cases', 'confidential',
     '{title, description, preconditions, steps, expected_results, actual_results, test_data,'
     ' search_vector}'),
    ('atmosfera', 'test_cycles', 'internal',
     '{id, project_id, user_id, status, start_date, end_date, testing_mode, created_at, updated_at}'),
    ('atmosfera', 'test_cycles', 'confidential',
     '{name, description, test_deployment_url, test_data}'),
    ('atmosfera', 'test_cycle_items', 'internal',
     '{id, project_id, cycle_id, test_case_id, suite_id, assigned_user_id, status, created_at,'
     ' updated_at}'),
    ('atmosfera', 'test_runs', 'internal',
     '{id, project_id, cycle_item_id, executed_by, executed_at, duration, status, environment, version}'),
    ('atmosfera', 'test_runs', 'confidential', '{notes, evidence, step_results, defects, tags}'),
    ('atmosfera', 'jira_tickets', 'internal',
     '{id, project_id, jira_key, issue_type, priority, status, created_date, updated_date,'
     ' content_hash, last_synced, created_at, updated_at}'),
    ('atmosfera', 'jira_tickets', 'confidential', '{summary, description, labels, components}'),
    ('atmosfera', 'jira_tickets', 'personal', '{assignee, reporter}'),
    ('atmosfera', 'test_case_jira_links', 'internal',
     '{id, project_id, test_case_id, jira_ticket_id, link_type, created_at}'),
    ('atmosfera', 'jira_sync_logs', 'internal',
     '{id, project_id, sync_type, status, tickets_processed, tickets_created, tickets_updated,'
     ' started_at, completed_at, created_at}'),
    ('atmosfera', 'jira_sync_logs', 'confidential', '{error_message}'),
    ('atmosfera', 'recommendations', 'internal',
     '{id, project_id, dimension_id, category, priority, status, ai_confidence,'
     ' implementation_effort, expected_impact, created_at, updated_at}'),
    ('atmosfera', 'recommendations', 'confidential', '{title, description}'),
    ('atmosfera', 'metrics', 'internal',
     '{id, project_id, dimension_id, name, value, unit, category, recorded_at, created_at}'),
    ('atmosfera', 'document_folders', 'internal',
     '{id, project_id, parent_id, created_at, updated_at}'),
    ('atmosfera', 'document_folders', 'confidential', '{name}'),
    ('atmosfera', 'documents', 'internal',
     '{id, project_id, folder_id, type, ai_generated, version, status, created_by, created_at,'
     ' updated_at}'),
    ('atmosfera', 'documents', 'confidential', '{title, content, tags, search_vector}');

INSERT INTO ops.erasure_policies (schema_name, table_name, column_name, action, reason)
VALUES
    ('atmosfera', 'assessments', 'user_id', 'keep', 'the assessment is the project''s'),
    ('atmosfera', 'test_cases', 'user_id', 'keep', 'the case is the project''s'),
    ('atmosfera', 'test_cycles', 'user_id', 'keep', 'the cycle is the project''s'),
    ('atmosfera', 'test_cycle_items', 'assigned_user_id', 'keep', 'the item is the project''s'),
    ('atmosfera', 'test_runs', 'executed_by', 'keep', 'a result stands whoever ran it'),
    ('atmosfera', 'documents', 'created_by', 'keep', 'the document is the project''s');
