-- 0102_index_copilot_documents
--
-- What:     the ways to a person's documents: by recency, and by what their metadata holds.
-- Why:      004 has single-column indexes on user, project name, status and time, which its own
--           lists can't be read from in order (defects 58, 62), and a GIN index of every key and
--           value of metadata, three times as large as containment needs (57).
-- Locks:    copilot.documents SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_documents_user_id_updated_at_document_id
ON copilot.documents (user_id, updated_at DESC, document_id DESC);
COMMENT ON INDEX copilot.idx_documents_user_id_updated_at_document_id IS
    'copilot.documents_page(): a person''s documents, the latest first, from any point on; and the '
    'foreign key to core.users.';

CREATE INDEX idx_documents_metadata ON copilot.documents USING gin (metadata jsonb_path_ops);
COMMENT ON INDEX copilot.idx_documents_metadata IS
    'copilot.find_documents(): those whose metadata contains these values.';
