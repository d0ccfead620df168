-- A foreign key to core.users without a row in ops.erasure_policies: nobody has said what erasing
-- that person does there. And a policy for a column that neither is such a key nor holds a name as
-- text, or that blanks a column that is not there.
SELECT k.conrelid::regclass::text || '.' || a.attname || ': no policy' AS offender
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid AND NOT c.relispartition
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
WHERE k.contype = 'f'
    AND k.confrelid = 'core.users'::regclass
    AND NOT EXISTS (
        SELECT
        FROM ops.erasure_policies AS e
        WHERE e.schema_name = n.nspname
            AND e.table_name = c.relname
            AND e.column_name = a.attname
    )
UNION ALL
SELECT format('%I.%I.%I: no such reference', e.schema_name, e.table_name, e.column_name)
FROM ops.erasure_policies AS e
WHERE NOT EXISTS (
    SELECT
    FROM pg_constraint AS k
    JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
    WHERE k.contype = 'f'
        AND k.confrelid = 'core.users'::regclass
        AND k.conrelid = to_regclass(format('%I.%I', e.schema_name, e.table_name))
        AND a.attname = e.column_name
)
AND NOT EXISTS (
    SELECT
    FROM pg_attribute AS a
    WHERE a.attrelid = to_regclass(format('%I.%I', e.schema_name, e.table_name))
        AND a.attname = e.column_name
        AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)
)
UNION ALL
SELECT format('%I.%I blanks %I: no such column', e.schema_name, e.table_name, named.column_name)
FROM ops.erasure_policies AS e
CROSS JOIN LATERAL unnest(e.blanked) AS named (column_name)
WHERE NOT EXISTS (
    SELECT
    FROM pg_attribute AS a
    WHERE a.attrelid = to_regclass(format('%I.%I', e.schema_name, e.table_name))
        AND a.attname = named.column_name
        AND NOT a.attisdropped
)
