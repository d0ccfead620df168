-- Reverses 0064_create_agent_messages.
--
-- Loses:    table webtest.agent_messages

DROP TABLE webtest.agent_messages;
DROP FUNCTION webtest.tg_agent_messages__notify();
DROP FUNCTION webtest.tg_agent_messages__keep_what_was_ended();
DROP FUNCTION webtest.tg_agent_messages__fill_project();
