-- Reverses 0089_index_rules.
--
-- Loses:    nothing

DROP INDEX assistant.idx_rules_anti_patterns;
DROP INDEX assistant.idx_rules_examples;
DROP INDEX assistant.idx_rules_search_vector;
DROP INDEX assistant.idx_rules_created_at;
DROP INDEX assistant.idx_rules_severity_created_at;
DROP INDEX assistant.idx_rules_category;
