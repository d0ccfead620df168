-- 0060_index_agents
--
-- What:     the agents of a project.
-- Why:      the primary key leads with agent_id, which is what a decision names.
-- Locks:    webtest.agents SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_agents_project_id_agent_type ON webtest.agents (project_id, agent_type);
COMMENT ON INDEX webtest.idx_agents_project_id_agent_type IS
    'A project''s agents of one type; and the foreign key to core.projects.';
