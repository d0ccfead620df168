-- 0108_index_conversations
--
-- What:     a person's conversations by recency.
-- Why:      004 has single-column indexes on user, title and time, from which no list can be read
--           in order (defects 58, 62).
-- Locks:    copilot.conversations SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_conversations_user_id_updated_at_conversation_id
ON copilot.conversations (user_id, updated_at DESC, conversation_id DESC);
COMMENT ON INDEX copilot.idx_conversations_user_id_updated_at_conversation_id IS
    'copilot.conversations_page(): a person''s conversations, the latest first, from any point on; '
    'and the foreign key to core.users.';
