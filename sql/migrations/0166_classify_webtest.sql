-- 0166_classify_webtest
--
-- What:     the class of each column of webtest, and what erasing a person does there.
-- Why:      see 0165 and 0022.
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
    ('webtest', 'test_executions', 'confidential', '{error_message, screenshots, logs}');

INSERT INTO ops.erasure_policies (schema_name, table_name, column_name, action, reason)
VALUES
    ('webtest', 'test_cases', 'created_by', 'keep', 'the case is the project''s'),
    ('webtest', 'test_executions', 'user_id', 'keep', 'a result stands whoever ran it');
