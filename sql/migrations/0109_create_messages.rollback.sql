-- Reverses 0109_create_messages.
--
-- Loses:    table copilot.messages

DROP TABLE copilot.messages;
DROP FUNCTION copilot.tg_messages__advance_conversation();
DROP FUNCTION copilot.tg_messages__number();
DROP FUNCTION copilot.tg_messages__fill_owner();
