-- 0054_index_documents
--
-- What:     the ways to a project's documents.
-- Why:      001 §6.3 and §9.2; ai_generated answers no query (defect 58), created_by has no index
--           (defect 59). No GIN index on tags: @> is not leakproof, so under a policy it can't be
--           an index condition (defect 68).
-- Locks:    atmosfera.documents SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_documents_project_id_type ON atmosfera.documents (project_id, type);
COMMENT ON INDEX atmosfera.idx_documents_project_id_type IS
    'A project''s documents of one type; and the foreign key to core.projects.';

CREATE INDEX idx_documents_folder_id_project_id ON atmosfera.documents (folder_id, project_id);
COMMENT ON INDEX atmosfera.idx_documents_folder_id_project_id IS
    'The documents of a folder; and the foreign key to document_folders.';

CREATE INDEX idx_documents_created_by ON atmosfera.documents (created_by);
COMMENT ON INDEX atmosfera.idx_documents_created_by IS
    'The documents a person made; and the foreign key to core.users.';

CREATE INDEX idx_documents_search_vector
ON atmosfera.documents USING gin (search_vector, core.search_keys(project_id, id));
COMMENT ON INDEX atmosfera.idx_documents_search_vector IS
    'atmosfera.search_documents(): the newest documents with these words, in these projects.';
