-- 0089_index_rules
--
-- What:     the ways to a rule: by category, by severity, by its words, by age, by what its arrays
--           hold.
-- Why:      003 Performance Indexes. Its category index answers only a query that also says
--           active = TRUE, and its search index only one exact spelling of an expression, whose
--           rank reads every hit's text again (defect 61). Of the arrays, only what they contain
--           is asked, so jsonb_path_ops (defect 57).
-- Locks:    assistant.rules SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_rules_category ON assistant.rules (category);
COMMENT ON INDEX assistant.idx_rules_category IS
    'The rules of a category, in force or not: what is asked most.';

CREATE INDEX idx_rules_severity_created_at ON assistant.rules (severity, created_at DESC);
COMMENT ON INDEX assistant.idx_rules_severity_created_at IS
    'The newest rules of a severity, in order.';

CREATE INDEX idx_rules_created_at ON assistant.rules (created_at DESC, rule_id);
COMMENT ON INDEX assistant.idx_rules_created_at IS
    'assistant.search_rules() by a common word: the newest, without reading all that hold it.';

CREATE INDEX idx_rules_search_vector ON assistant.rules USING gin (search_vector);
COMMENT ON INDEX assistant.idx_rules_search_vector IS
    'assistant.search_rules(): the rules with these words.';

CREATE INDEX idx_rules_examples ON assistant.rules USING gin (examples jsonb_path_ops);
COMMENT ON INDEX assistant.idx_rules_examples IS
    'assistant.find_rules(): the rules whose examples contain this.';

CREATE INDEX idx_rules_anti_patterns ON assistant.rules USING gin (anti_patterns jsonb_path_ops);
COMMENT ON INDEX assistant.idx_rules_anti_patterns IS
    'assistant.find_rules(): the rules whose anti-patterns contain this.';
