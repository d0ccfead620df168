-- Reverses 0060_index_agents.
--
-- Loses:    nothing

DROP INDEX webtest.idx_agents_project_id_agent_type;
