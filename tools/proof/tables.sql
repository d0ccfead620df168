-- What a row of each table needs: its columns, its foreign keys and its CHECKs, as JSON.
SELECT
    c.oid::regclass::text AS name,
    (
        SELECT jsonb_agg(
            jsonb_build_object(
                'name', quote_ident(a.attname),
                'type', format_type(a.atttypid, a.atttypmod),
                'base', coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text,
                'labels', (
                    SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder)
                    FROM pg_enum AS e
                    WHERE e.enumtypid = t.oid
                ),
                'required', a.attnotnull,
                'default', pg_get_expr(d.adbin, d.adrelid)
            )
            ORDER BY a.attnum
        )
        FROM pg_attribute AS a
        JOIN pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid
            AND a.attnum > 0
            AND NOT a.attisdropped
            AND a.attidentity = ''
            AND a.attgenerated = ''
    ) AS columns,
    (
        SELECT jsonb_agg(
            jsonb_build_object(
                'columns', (
                    SELECT jsonb_agg(quote_ident(a.attname) ORDER BY u.place)
                    FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
                    JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
                ),
                'parent', k.confrelid::regclass::text,
                'parent_columns', (
                    SELECT jsonb_agg(quote_ident(a.attname) ORDER BY u.place)
                    FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, place)
                    JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.attnum
                )
            )
            ORDER BY cardinality(k.conkey) DESC, k.conname
        )
        FROM pg_constraint AS k
        WHERE k.conrelid = c.oid
            AND k.contype = 'f'
            AND k.confrelid <> c.oid
    ) AS foreign_keys,
    (
        SELECT jsonb_agg(
            jsonb_build_object(
                'expression', pg_get_expr(k.conbin, k.conrelid),
                'columns', (
                    SELECT jsonb_agg(quote_ident(a.attname) ORDER BY a.attnum)
                    FROM pg_attribute AS a
                    WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
                )
            )
            ORDER BY k.conname
        )
        FROM pg_constraint AS k
        WHERE k.conrelid = c.oid
            AND k.contype = 'c'
    ) AS checks,
    (
        SELECT jsonb_agg(DISTINCT quote_ident(a.attname))
        FROM pg_index AS i
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = c.oid
            AND i.indisunique
    ) AS unique_columns,
    (
        SELECT jsonb_agg(quote_ident(a.attname) ORDER BY u.place)
        FROM pg_index AS i
        CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS u (attnum, place)
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
        WHERE i.indrelid = c.oid
            AND i.indisprimary
    ) AS key
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
ORDER BY c.oid
