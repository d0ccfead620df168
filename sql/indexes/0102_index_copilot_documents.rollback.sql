-- Reverses 0102_index_copilot_documents.
--
-- Loses:    nothing

DROP INDEX copilot.idx_documents_metadata;
DROP INDEX copilot.idx_documents_user_id_updated_at_document_id;
