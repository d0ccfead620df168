-- How many months after this one the log with the fewest can still be written.
SELECT c.months_ahead, pg_catalog.format('%I.%I', c.schema_name, c.table_name)
FROM ops.partition_coverage AS c
ORDER BY c.months_ahead
LIMIT 1
