-- A foreign key whose columns lead no index: a delete on the other side scans the whole table. Of a
-- key (tenant, x_id) it is enough that x_id does: the tenant tells few of those rows apart. It is
-- account_id in apex, project_id elsewhere.
SELECT k.conrelid::regclass::text || '.' || k.conname AS offender
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND k.contype = 'f'
    AND NOT EXISTS (
        SELECT
        FROM pg_index AS i
        WHERE i.indrelid = k.conrelid
            AND i.indisvalid
            AND i.indpred IS NULL
            AND (
                (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
                OR EXISTS (
                    SELECT
                    FROM pg_attribute AS a
                    WHERE a.attrelid = k.conrelid
                        AND a.attnum = i.indkey[0]
                        AND a.attnum = ANY (k.conkey)
                        AND a.attname <> CASE n.nspname
                            WHEN 'apex' THEN 'account_id'
                            ELSE 'project_id'
                        END
                        AND cardinality(k.conkey) > 1
                )
            )
    )
