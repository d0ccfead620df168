-- What can be broken in a migrated database, one thing at a time: its schema, its kind, its name, and
-- the statement that breaks it. For tools/mutate.py.
WITH tables AS (
    SELECT c.oid, n.nspname AS schema_name
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
        AND c.relkind IN ('r', 'p', 'm')
        AND NOT c.relispartition
),

mutations (schema_name, kind, name, statement) AS (
    SELECT
        t.schema_name,
        'policy dropped',
        format('%s on %s', p.polname, t.oid::regclass),
        format('DROP POLICY %I ON %s', p.polname, t.oid::regclass)
    FROM tables AS t
    JOIN pg_catalog.pg_policy AS p ON p.polrelid = t.oid

    UNION ALL
    SELECT
        t.schema_name,
        'policy widened',
        format('%s on %s', p.polname, t.oid::regclass),
        format(
            'ALTER POLICY %I ON %s%s%s',
            p.polname,
            t.oid::regclass,
            CASE WHEN p.polqual IS NOT NULL THEN ' USING (true)' END,
            CASE WHEN p.polwithcheck IS NOT NULL THEN ' WITH CHECK (true)' END
        )
    FROM tables AS t
    JOIN pg_catalog.pg_policy AS p ON p.polrelid = t.oid
    WHERE coalesce(pg_get_expr(p.polqual, p.polrelid), 'true') <> 'true'
        OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'true') <> 'true'

    UNION ALL
    SELECT
        t.schema_name,
        CASE k.contype WHEN 'c' THEN 'check dropped' ELSE 'composite key dropped' END,
        format('%s on %s', k.conname, t.oid::regclass),
        format('ALTER TABLE %s DROP CONSTRAINT %I', t.oid::regclass, k.conname)
    FROM tables AS t
    JOIN pg_catalog.pg_constraint AS k ON k.conrelid = t.oid
    WHERE k.contype = 'c'
        OR (k.contype = 'f' AND cardinality(k.conkey) > 1 AND k.conparentid = 0)

    UNION ALL
    SELECT
        t.schema_name,
        'trigger dropped',
        format('%s on %s', g.tgname, t.oid::regclass),
        format('DROP TRIGGER %I ON %s', g.tgname, t.oid::regclass)
    FROM tables AS t
    JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal

    UNION ALL
    SELECT
        t.schema_name,
        'index dropped',
        i.indexrelid::regclass::text,
        format('DROP INDEX %s', i.indexrelid::regclass)
    FROM tables AS t
    JOIN pg_catalog.pg_index AS i ON i.indrelid = t.oid
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid
    )
)

SELECT schema_name, kind, name, statement
FROM mutations
ORDER BY schema_name, kind, name
