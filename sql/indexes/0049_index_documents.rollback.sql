-- Reverses 0049_index_documents.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_documents_search_vector;
DROP INDEX atmosfera.idx_documents_created_by;
DROP INDEX atmosfera.idx_documents_project_id_folder_id;
DROP INDEX atmosfera.idx_documents_project_id_type;
