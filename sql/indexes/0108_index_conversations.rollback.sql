-- Reverses 0108_index_conversations.
--
-- Loses:    nothing

DROP INDEX copilot.idx_conversations_user_id_updated_at_conversation_id;
