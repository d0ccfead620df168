-- A table partitioned by range that nobody tops up, or with a default partition, which would
-- forbid DETACH CONCURRENTLY and make every ATTACH scan it.
SELECT c.oid::regclass::text AS offender
FROM pg_partitioned_table AS p
JOIN pg_class AS c ON c.oid = p.partrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN ops.partitioned_logs AS l ON l.schema_name = n.nspname AND l.table_name = c.relname
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND (
        p.partdefid <> 0
        OR l.table_name IS NULL
    )
