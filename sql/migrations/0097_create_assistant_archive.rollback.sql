-- Reverses 0097_create_assistant_archive.
--
-- Loses:    table assistant.templates_archive, table assistant.practices_archive,
--           table assistant.violations_archive, table assistant.rules_archive

DROP TRIGGER tg__refuse_archived_id ON assistant.templates;
DROP TRIGGER tg__refuse_archived_id ON assistant.practices;
DROP TRIGGER tg__refuse_archived_id ON assistant.rules;

DROP FUNCTION assistant.tg__refuse_archived_id();

DROP TABLE assistant.templates_archive;
DROP TABLE assistant.practices_archive;
DROP TABLE assistant.violations_archive;
DROP TABLE assistant.rules_archive;
