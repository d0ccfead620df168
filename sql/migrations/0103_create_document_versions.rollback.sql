-- Reverses 0103_create_document_versions.
--
-- Loses:    table copilot.document_versions

DROP TRIGGER tg_documents__keep_version ON copilot.documents;
DROP FUNCTION copilot.tg_documents__keep_version();

DROP TABLE copilot.document_versions;
