-- Reverses 0028_create_search_test_cases.
--
-- Loses:    nothing

DROP FUNCTION webtest.search_test_cases(text, bigint, text, integer, integer);
