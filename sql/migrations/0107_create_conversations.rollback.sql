-- Reverses 0107_create_conversations.
--
-- Loses:    table copilot.conversations

DROP TABLE copilot.conversations;
