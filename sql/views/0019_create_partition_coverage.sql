-- 0019_create_partition_coverage
--
-- What:     ops.partition_coverage, how far ahead each partitioned log can be written.
-- Why:      a log without a partition for tomorrow refuses every row; whoever watches the database
--           must see that coming.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

CREATE VIEW ops.partition_coverage WITH (security_invoker = true) AS
SELECT
    l.schema_name,
    l.table_name,
    count(c.oid) AS partitions,
    min(month.first_day)::date AS oldest_month,
    max(month.first_day)::date AS newest_month,
    count(c.oid) FILTER (
        WHERE month.first_day > date_trunc('month', now() AT TIME ZONE 'UTC')
    ) AS months_ahead
FROM ops.partitioned_logs AS l
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = l.schema_name
LEFT JOIN pg_catalog.pg_class AS parent
    ON parent.relnamespace = n.oid AND parent.relname = l.table_name
LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhparent = parent.oid
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
LEFT JOIN LATERAL (
    SELECT substring(
        pg_get_expr(c.relpartbound, c.oid) FROM $$FROM \('([^']+)'\)$$
    )::timestamptz AT TIME ZONE 'UTC' AS first_day
) AS month ON true
GROUP BY l.schema_name, l.table_name;

COMMENT ON VIEW ops.partition_coverage IS
    'One row a partitioned log. Below 2 months ahead, something has stopped running migrate.';
COMMENT ON COLUMN ops.partition_coverage.schema_name IS
    'Schema of the log.';
COMMENT ON COLUMN ops.partition_coverage.table_name IS
    'The log.';
COMMENT ON COLUMN ops.partition_coverage.partitions IS
    'How many months there are, past ones included. Planning slows down above 60.';
COMMENT ON COLUMN ops.partition_coverage.oldest_month IS
    'First day of the oldest month still kept.';
COMMENT ON COLUMN ops.partition_coverage.newest_month IS
    'First day of the last month that can be written.';
COMMENT ON COLUMN ops.partition_coverage.months_ahead IS
    'Months after this one that can be written already: 12 after every migrate.';

GRANT SELECT ON ops.partition_coverage TO monitoring;
