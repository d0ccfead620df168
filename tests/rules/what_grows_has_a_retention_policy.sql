-- A partitioned log that no policy ever shortens, or a policy for rows whose time has no index to
-- find the oldest by. ops.maintenance_runs has a few rows a day.
SELECT format('%I.%I', l.schema_name, l.table_name) AS offender
FROM ops.partitioned_logs AS l
LEFT JOIN ops.retention_policies AS r
    ON r.schema_name = l.schema_name
    AND r.table_name = l.table_name
    AND r.method = 'drop partitions'
WHERE r.table_name IS NULL
UNION ALL
SELECT format('%I.%I', r.schema_name, r.table_name)
FROM ops.retention_policies AS r
WHERE r.method = 'delete rows'
    AND r.table_name <> 'maintenance_runs'
    AND NOT EXISTS (
        SELECT
        FROM pg_index AS i
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = format('%I.%I', r.schema_name, r.table_name)::regclass
            AND i.indpred IS NULL
            AND a.attname = r.time_column
    )
