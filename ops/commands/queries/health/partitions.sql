-- How many months after this one the log with the fewest can still be written.
SELECT m.months_ahead, pg_catalog.format('%I.%I', m.schema, m."table")
FROM ops.metric_partitions AS m
ORDER BY m.months_ahead
LIMIT 1
