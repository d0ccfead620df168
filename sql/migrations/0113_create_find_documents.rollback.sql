-- Reverses 0113_create_find_documents.
--
-- Loses:    nothing

DROP FUNCTION copilot.find_documents(jsonb, timestamptz, uuid, integer);
