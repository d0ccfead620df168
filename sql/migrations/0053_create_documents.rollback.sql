-- Reverses 0053_create_documents.
--
-- Loses:    table atmosfera.documents

DROP TABLE atmosfera.documents;

DROP FUNCTION atmosfera.tg_documents__set_search_vector();
DROP FUNCTION atmosfera.tg_documents__advance_version();
