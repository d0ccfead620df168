-- 0093_index_practices
--
-- What:     the ways to a practice: by category, by its words, by age, by what its arrays hold.
-- Why:      003 Performance Indexes, none of which was made, for want of the table (defect 7), and
--           which answer one spelling only (defect 61).
-- Locks:    assistant.practices SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_practices_category ON assistant.practices (category);
COMMENT ON INDEX assistant.idx_practices_category IS
    'The practices of a category, in use or not: what is asked most.';

CREATE INDEX idx_practices_created_at ON assistant.practices (created_at DESC, practice_id);
COMMENT ON INDEX assistant.idx_practices_created_at IS
    'assistant.search_practices() by a common word: the newest, without reading all that hold it.';

CREATE INDEX idx_practices_search_vector ON assistant.practices USING gin (search_vector);
COMMENT ON INDEX assistant.idx_practices_search_vector IS
    'assistant.search_practices(): the practices with these words.';

CREATE INDEX idx_practices_benefits ON assistant.practices USING gin (benefits jsonb_path_ops);
COMMENT ON INDEX assistant.idx_practices_benefits IS
    'assistant.find_practices(): the practices whose benefits contain this.';

CREATE INDEX idx_practices_anti_patterns
ON assistant.practices USING gin (anti_patterns jsonb_path_ops);
COMMENT ON INDEX assistant.idx_practices_anti_patterns IS
    'assistant.find_practices(): the practices whose anti-patterns contain this.';
