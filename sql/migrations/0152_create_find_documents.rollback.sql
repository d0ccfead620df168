-- Reverses 0152_create_find_documents.
--
-- Loses:    nothing

DROP FUNCTION copilot.find_documents(jsonb, timestamptz, uuid, integer);
