-- Reverses 0033_create_test_suites.
--
-- Loses:    table atmosfera.test_suites

DROP TABLE atmosfera.test_suites;
