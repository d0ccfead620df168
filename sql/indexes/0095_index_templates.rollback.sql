-- Reverses 0095_index_templates.
--
-- Loses:    nothing

DROP INDEX assistant.idx_templates_tags;
DROP INDEX assistant.idx_templates_search_vector;
DROP INDEX assistant.idx_templates_created_at;
DROP INDEX assistant.idx_templates_category;
