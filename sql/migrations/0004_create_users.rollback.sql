-- Reverses 0004_create_users.
--
-- Loses:    table core.users

DROP TABLE core.users;

DROP FUNCTION core.tg_users__default_username();
