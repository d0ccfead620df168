-- Reverses 0054_index_documents.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_documents_search_vector;
DROP INDEX atmosfera.idx_documents_created_by;
DROP INDEX atmosfera.idx_documents_folder_id_project_id;
DROP INDEX atmosfera.idx_documents_project_id_type;
