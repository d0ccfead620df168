-- Reverses 0093_index_practices.
--
-- Loses:    nothing

DROP INDEX assistant.idx_practices_anti_patterns;
DROP INDEX assistant.idx_practices_benefits;
DROP INDEX assistant.idx_practices_search_vector;
DROP INDEX assistant.idx_practices_created_at;
DROP INDEX assistant.idx_practices_category;
