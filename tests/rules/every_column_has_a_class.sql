-- A column that ops.column_classes gives no class, or two: nobody has said how far it may travel.
SELECT c.oid::regclass::text || '.' || a.attname AS offender
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND 1 <> (
        SELECT count(*)
        FROM ops.column_classes AS k
        WHERE k.schema_name = n.nspname
            AND k.table_name = c.relname
            AND a.attname = ANY (k.columns)
    )
