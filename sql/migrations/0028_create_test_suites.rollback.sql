-- Reverses 0028_create_test_suites.
--
-- Loses:    table atmosfera.test_suites

DROP TABLE atmosfera.test_suites;
