-- Reverses 0027_index_test_executions.
--
-- Loses:    nothing

DROP INDEX webtest.idx_test_executions_project_id_started_at_running;
DROP INDEX webtest.idx_test_executions_project_id_created_at_failed;
DROP INDEX webtest.idx_test_executions_created_at;
DROP INDEX webtest.idx_test_executions_user_id;
DROP INDEX webtest.idx_test_executions_test_id_created_at;
DROP INDEX webtest.idx_test_executions_project_id_created_at;
