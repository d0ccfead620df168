-- Reverses 0104_create_version_functions.
--
-- Loses:    nothing

DROP FUNCTION copilot.restore_version(uuid, integer);
DROP FUNCTION copilot.compare_versions(uuid, integer, integer);
DROP FUNCTION copilot.compare_texts(text, text);
DROP FUNCTION copilot.document_version(uuid, integer);
DROP FUNCTION copilot.document_history(uuid);
