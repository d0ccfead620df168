-- Reverses 0096_create_template_variables.
--
-- Loses:    table assistant.template_variables (derived from assistant.templates.variables)

DROP TRIGGER tg_templates__derive_variables ON assistant.templates;

DROP FUNCTION assistant.tg_templates__derive_variables();

DROP TABLE assistant.template_variables;
