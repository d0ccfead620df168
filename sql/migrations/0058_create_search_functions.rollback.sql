-- Reverses 0058_create_search_functions.
--
-- Loses:    nothing

DROP FUNCTION atmosfera.search_documents(text, bigint, integer, double precision, bigint);
DROP FUNCTION atmosfera.search_test_cases(text, bigint, integer, double precision, bigint);
