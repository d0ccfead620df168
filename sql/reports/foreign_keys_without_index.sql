-- foreign_keys_without_index
--
-- Question: Which foreign keys have no index on the referring side?
-- Read:     deleting a parent, or changing its key, scans the whole child table and holds its locks
--           meanwhile. An index counts when it begins with the key's columns, in any order, without
--           a condition.
-- Do:       run advice, or put it in a migration of its own. On a partitioned table make the index
--           ON ONLY the parent, CONCURRENTLY on each partition, and attach.
SELECT
    n.nspname AS schema,
    t.relname AS table,
    k.conname AS foreign_key,
    cols.names AS columns,
    k.confrelid::regclass AS refers_to,
    pg_size_pretty(pg_table_size(t.oid)) AS size,
    format(
        'CREATE INDEX CONCURRENTLY idx_%s_%s ON %I.%I (%s);',
        t.relname, replace(cols.names, ', ', '_'), n.nspname, t.relname, cols.names
    ) AS advice
FROM pg_constraint AS k
INNER JOIN pg_class AS t ON t.oid = k.conrelid AND NOT t.relispartition
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) AS names
    FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
    INNER JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
) AS cols
WHERE k.contype = 'f'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND NOT EXISTS (
        SELECT
        FROM pg_index AS i
        WHERE i.indrelid = k.conrelid
            AND i.indisvalid
            AND i.indpred IS NULL
            AND (
                (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
                -- of a key (tenant, x_id) an index on x_id is as good: it names one parent row
                OR EXISTS (
                    SELECT
                    FROM pg_attribute AS a
                    WHERE a.attrelid = k.conrelid
                        AND a.attnum = i.indkey[0]
                        AND a.attnum = ANY (k.conkey)
                        AND a.attname <> CASE
                            WHEN cols.names ~ '\maccount_id\M' THEN 'account_id'
                            ELSE 'project_id'
                        END
                        AND cardinality(k.conkey) > 1
                )
            )
    )
ORDER BY pg_table_size(t.oid) DESC, n.nspname, t.relname, k.conname;
