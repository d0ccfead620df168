-- 0117_classify_webtest
--
-- What:     the class of each column of webtest, and what erasing a person does there.
-- Why:      see 0116 and 0022.
-- Locks:    ops.column_classes ROW EXCLUSIVE, ops.erasure_policies ROW EXCLUSIVE
-- Data:     the reference rows of schema webtest
-- Rollback: loses the classes and policies of webtest.

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES
    ('webtest', 'test_cases', 'internal',
     '{id, test_id, project_id, test_type, priority, status, estimated_duration, created_by,'
     ' created_at, updated_at}'),
    ('webtest', 'test_cases', 'confidential',
     '{title, description, code, expected_output, tags, tsv}'),
    ('webtest', 'test_executions', 'internal',
     '{id, execution_id, test_id, project_id, user_id, result, execution_time, started_at,'
     ' completed_at, browser, created_at}'),
    ('webtest', 'test_executions', 'confidential', '{error_message, screenshots, logs}'),
    ('webtest', 'agents', 'internal',
     '{agent_id, project_id, agent_type, status, created_at, updated_at}'),
    ('webtest', 'agents', 'confidential', '{description}'),
    ('webtest', 'agent_decisions', 'internal',
     '{id, agent_id, project_id, agent_type, user_id, decision_type, confidence_score,'
     ' execution_time_ms, created_at}'),
    ('webtest', 'agent_decisions', 'confidential', '{context, decision}'),
    ('webtest', 'agent_messages', 'internal',
     '{id, project_id, sender_id, receiver_id, message_type, status, attempts, max_attempts,'
     ' leased_until, created_at, processed_at}'),
    ('webtest', 'agent_messages', 'confidential', '{payload, last_error}'),
    ('webtest', 'ml_models', 'internal',
     '{id, model_id, project_id, version, model_type, framework, status, created_by, created_at,'
     ' updated_at}'),
    ('webtest', 'ml_models', 'confidential', '{name, metrics, artifact_path}'),
    ('webtest', 'predictions', 'internal',
     '{id, model_id, project_id, model_version, prediction, confidence, ground_truth, latency_ms,'
     ' created_at}'),
    ('webtest', 'predictions', 'confidential', '{model_name, features}');

INSERT INTO ops.erasure_policies (schema_name, table_name, column_name, action, reason)
VALUES
    ('webtest', 'test_cases', 'created_by', 'keep', 'the case is the project''s'),
    ('webtest', 'test_executions', 'user_id', 'keep', 'a result stands whoever ran it'),
    ('webtest', 'agent_decisions', 'user_id', 'keep', 'a decision stands whoever it was made for'),
    ('webtest', 'ml_models', 'created_by', 'keep', 'the model is the project''s');
