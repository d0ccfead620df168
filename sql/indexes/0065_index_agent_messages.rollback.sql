-- Reverses 0065_index_agent_messages.
--
-- Loses:    nothing

DROP INDEX webtest.idx_agent_messages_project_id_created_at;
DROP INDEX webtest.idx_agent_messages_sender_id_created_at;
DROP INDEX webtest.idx_agent_messages_receiver_id_created_at;
DROP INDEX webtest.idx_agent_messages_receiver_id_project_id_id_unprocessed;
