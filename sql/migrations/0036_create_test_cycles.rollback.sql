-- Reverses 0036_create_test_cycles.
--
-- Loses:    table atmosfera.test_cycles

DROP TABLE atmosfera.test_cycles;
