-- Reverses 0099_create_archive_functions.
--
-- Loses:    nothing

DROP FUNCTION assistant.restore_template(text);
DROP FUNCTION assistant.restore_practice(text);
DROP FUNCTION assistant.restore_rule(text);
DROP FUNCTION assistant.archive_inactive(interval);
