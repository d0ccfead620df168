-- Reverses 0019_create_partition_coverage.
--
-- Loses:    nothing

DROP VIEW ops.partition_coverage;
