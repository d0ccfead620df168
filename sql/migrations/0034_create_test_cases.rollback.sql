-- Reverses 0034_create_test_cases.
--
-- Loses:    table atmosfera.test_cases

DROP TABLE atmosfera.test_cases;

DROP FUNCTION atmosfera.tg_test_cases__set_search_vector();
