-- Reverses 0031_create_test_cycles.
--
-- Loses:    table atmosfera.test_cycles

DROP TABLE atmosfera.test_cycles;
