-- A materialized view without a unique index on columns, over all rows: a refresh locks its readers out.
SELECT c.oid::regclass::text AS offender
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relkind = 'm'
    AND NOT EXISTS (
        SELECT
        FROM pg_index AS i
        WHERE i.indrelid = c.oid
            AND i.indisunique
            AND i.indisvalid
            AND i.indpred IS NULL
            AND i.indexprs IS NULL
    )
