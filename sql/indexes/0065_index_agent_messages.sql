-- 0065_index_agent_messages
--
-- What:     the queue of each agent, and the lists of messages.
-- Why:      000 §2.3 and §2.6. Its index of unprocessed messages leads with the primary key, so it
--           is read whole for one receiver (defect 50).
-- Locks:    webtest.agent_messages SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

-- Ascending, and read backwards: what comes in the order of time fills its pages that way (0027).

CREATE INDEX idx_agent_messages_receiver_id_project_id_id_unprocessed
ON webtest.agent_messages (receiver_id, project_id, id)
WHERE status IN ('sent', 'delivered');
COMMENT ON INDEX webtest.idx_agent_messages_receiver_id_project_id_id_unprocessed IS
    'webtest.claim_messages(): what waits for an agent in a project, oldest first; write the '
    'condition as it stands here.';

CREATE INDEX idx_agent_messages_receiver_id_created_at
ON webtest.agent_messages (receiver_id, created_at);
COMMENT ON INDEX webtest.idx_agent_messages_receiver_id_created_at IS
    'What an agent was sent, latest first; and the foreign key to webtest.agents.';

CREATE INDEX idx_agent_messages_sender_id_created_at
ON webtest.agent_messages (sender_id, created_at);
COMMENT ON INDEX webtest.idx_agent_messages_sender_id_created_at IS
    'What an agent sent, latest first; and the foreign key to webtest.agents.';

CREATE INDEX idx_agent_messages_project_id_created_at
ON webtest.agent_messages (project_id, created_at);
COMMENT ON INDEX webtest.idx_agent_messages_project_id_created_at IS
    'A project''s messages, latest first; and the foreign key to core.projects.';
