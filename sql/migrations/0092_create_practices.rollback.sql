-- Reverses 0092_create_practices.
--
-- Loses:    table assistant.practices

DROP TABLE assistant.practices;

DROP FUNCTION assistant.tg__keep_deactivated_at();
