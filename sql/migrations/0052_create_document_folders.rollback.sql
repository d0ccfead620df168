-- Reverses 0052_create_document_folders.
--
-- Loses:    table atmosfera.document_folders

DROP TABLE atmosfera.document_folders;
