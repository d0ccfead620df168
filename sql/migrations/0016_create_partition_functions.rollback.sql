-- Reverses 0016_create_partition_functions.
--
-- Loses:    table ops.partitioned_logs

DROP FUNCTION ops.create_partitions_ahead(integer);
DROP FUNCTION ops.create_partition(regclass, date);

DROP TABLE ops.partitioned_logs;
