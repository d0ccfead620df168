-- 0062_index_agent_decisions
--
-- What:     lists of decisions by agent, project, test, person and time, and the search of their
--           context.
-- Why:      000 §2.4, §2.5, §2.8 and §3.1. Its index of an agent's decisions is ordered by
--           confidence, so that the last 24 hours can't cut it (defect 55); its GIN index takes the
--           default operator class, which reads nearly three times the pages (defect 57).
-- Locks:    webtest.agent_decisions SHARE
--           (and each of its partitions)
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

-- Ascending, and read backwards: what comes in the order of time fills its pages that way (0027).

-- project_id is what the policy asks for; without it here, the heap would have to be read.
CREATE INDEX idx_agent_decisions_agent_id_created_at
ON webtest.agent_decisions (agent_id, created_at)
INCLUDE (project_id, decision_type, confidence_score, execution_time_ms);
COMMENT ON INDEX webtest.idx_agent_decisions_agent_id_created_at IS
    'Agent performance (000 §3.1), from the index alone; and the foreign key to webtest.agents.';

CREATE INDEX idx_agent_decisions_project_id_created_at
ON webtest.agent_decisions (project_id, created_at);
COMMENT ON INDEX webtest.idx_agent_decisions_project_id_created_at IS
    'A project''s decisions, latest first; and the foreign key to core.projects.';

CREATE INDEX idx_agent_decisions_created_at ON webtest.agent_decisions (created_at);
COMMENT ON INDEX webtest.idx_agent_decisions_created_at IS
    'The latest decisions of all projects one may see (000 §2.4).';

CREATE INDEX idx_agent_decisions_user_id ON webtest.agent_decisions (user_id);
COMMENT ON INDEX webtest.idx_agent_decisions_user_id IS
    'What was decided for a person; the foreign key to core.users.';

-- Its beginning: an index has no room for whatever JSON may hold.
CREATE INDEX idx_agent_decisions_test_id_created_at_id
ON webtest.agent_decisions (left(context ->> 'test_id', 100), created_at, id)
WHERE context ->> 'test_id' IS NOT NULL;
COMMENT ON INDEX webtest.idx_agent_decisions_test_id_created_at_id IS
    'webtest.decisions_about_test(): the decisions about a test, in their order.';

CREATE INDEX idx_agent_decisions_context
ON webtest.agent_decisions USING gin (context jsonb_path_ops);
COMMENT ON INDEX webtest.idx_agent_decisions_context IS
    'webtest.search_decisions(): context @> $1, the one operator this class answers.';
