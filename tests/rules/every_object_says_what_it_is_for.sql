-- A schema, table, view, column, function or index without a comment. Partitions speak through
-- their parent, and an index behind a constraint through the constraint.
SELECT n.nspname AS offender
FROM pg_namespace AS n
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND obj_description(n.oid, 'pg_namespace') IS NULL
UNION ALL
SELECT c.oid::regclass::text
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relkind IN ('r', 'p', 'v', 'm', 'i', 'I')
    AND NOT c.relispartition
    AND NOT EXISTS (
        SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u')
    )
    AND obj_description(c.oid, 'pg_class') IS NULL
UNION ALL
SELECT c.oid::regclass::text || '.' || a.attname
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relkind IN ('r', 'p', 'v', 'm')
    AND NOT c.relispartition
    AND a.attnum > 0
    AND NOT a.attisdropped
    AND col_description(c.oid, a.attnum) IS NULL
UNION ALL
SELECT p.oid::regprocedure::text
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND obj_description(p.oid, 'pg_proc') IS NULL
