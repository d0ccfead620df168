-- Reverses 0063_create_search_decisions.
--
-- Loses:    nothing

DROP FUNCTION webtest.search_decisions(jsonb, bigint, timestamptz, integer, integer);
DROP FUNCTION webtest.decisions_about_test(text, jsonb, bigint, timestamptz, integer, integer);
