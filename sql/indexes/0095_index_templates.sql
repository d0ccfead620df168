-- 0095_index_templates
--
-- What:     the ways to a template: by category, by its words, by age, by its tags.
-- Why:      003 Performance Indexes; tags and text have no index there (defect 61).
-- Locks:    assistant.templates SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_templates_category ON assistant.templates (category);
COMMENT ON INDEX assistant.idx_templates_category IS
    'The templates of a category, in use or not: what is asked most.';

CREATE INDEX idx_templates_created_at ON assistant.templates (created_at DESC, template_id);
COMMENT ON INDEX assistant.idx_templates_created_at IS
    'assistant.search_templates() by a common word: the newest, without reading all that hold it.';

CREATE INDEX idx_templates_search_vector ON assistant.templates USING gin (search_vector);
COMMENT ON INDEX assistant.idx_templates_search_vector IS
    'assistant.search_templates(): the templates with these words.';

CREATE INDEX idx_templates_tags ON assistant.templates USING gin (tags jsonb_path_ops);
COMMENT ON INDEX assistant.idx_templates_tags IS
    'assistant.find_templates(): the templates with these tags.';
