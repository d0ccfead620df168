-- Reverses 0088_create_rules.
--
-- Loses:    table assistant.rules

DROP TABLE assistant.rules;

DROP FUNCTION assistant.tg__set_search_vector();
DROP FUNCTION assistant.tg_rules__keep_status();
