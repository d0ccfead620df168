-- Reverses 0015_create_global_settings.
--
-- Loses:    table core.global_settings

DROP TABLE core.global_settings;

DROP FUNCTION core.tg_global_settings__mark_secret();
