-- Reverses 0094_create_templates.
--
-- Loses:    table assistant.templates

DROP FUNCTION assistant.record_template_use(text);

DROP TABLE assistant.templates;

DROP FUNCTION assistant.tg_templates__set_search_vector();
