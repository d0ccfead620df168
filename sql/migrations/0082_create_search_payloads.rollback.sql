-- Reverses 0082_create_search_payloads.
--
-- Loses:    nothing

DROP FUNCTION apex.search_payloads(jsonb, bigint, text, integer, bigint);
