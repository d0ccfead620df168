-- Reverses 0146_create_conversations.
--
-- Loses:    table copilot.conversations

DROP TABLE copilot.conversations;
