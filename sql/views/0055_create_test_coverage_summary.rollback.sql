-- Reverses 0055_create_test_coverage_summary.
--
-- Loses:    nothing

DROP VIEW atmosfera.test_coverage_summary;
