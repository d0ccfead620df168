-- Reverses 0057_create_test_execution_summary.
--
-- Loses:    nothing

DROP VIEW atmosfera.test_execution_summary;
