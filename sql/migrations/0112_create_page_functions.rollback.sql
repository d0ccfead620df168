-- Reverses 0112_create_page_functions.
--
-- Loses:    nothing

DROP FUNCTION copilot.messages_page(uuid, integer, integer);
DROP FUNCTION copilot.diagrams_page(timestamptz, uuid, integer);
DROP FUNCTION copilot.conversations_page(timestamptz, uuid, integer);
DROP FUNCTION copilot.wireframes_page(timestamptz, uuid, integer);
DROP FUNCTION copilot.documents_page(timestamptz, uuid, integer);
