-- Reverses 0062_index_agent_decisions.
--
-- Loses:    nothing

DROP INDEX webtest.idx_agent_decisions_context;
DROP INDEX webtest.idx_agent_decisions_test_id_created_at_id;
DROP INDEX webtest.idx_agent_decisions_user_id;
DROP INDEX webtest.idx_agent_decisions_created_at;
DROP INDEX webtest.idx_agent_decisions_project_id_created_at;
DROP INDEX webtest.idx_agent_decisions_agent_id_created_at;
