-- Reverses 0100_create_assistant_search.
--
-- Loses:    nothing

DROP FUNCTION assistant.find_templates(jsonb, boolean, integer, text);
DROP FUNCTION assistant.find_practices(jsonb, jsonb, boolean, integer, text);
DROP FUNCTION assistant.find_rules(jsonb, jsonb, boolean, integer, text);
DROP FUNCTION assistant.search_templates(
    text, text, boolean, integer, double precision, text
);
DROP FUNCTION assistant.search_practices(
    text, text, boolean, integer, double precision, text
);
DROP FUNCTION assistant.search_rules(
    text, text, text, boolean, integer, double precision, text
);
