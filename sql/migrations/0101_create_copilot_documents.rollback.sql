-- Reverses 0101_create_copilot_documents.
--
-- Loses:    table copilot.documents

DROP TABLE copilot.documents;
DROP FUNCTION copilot.tg_documents__advance_version();

REVOKE EXECUTE ON FUNCTION core.current_user_uuid() FROM bulk_loader;
