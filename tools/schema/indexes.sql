SELECT
    i.indrelid::bigint AS relation,
    quote_ident(c.relname) AS name,
    pg_get_indexdef(i.indexrelid, 0, true) AS definition,
    i.indisunique AS is_unique,
    obj_description(c.oid, 'pg_class') AS comment
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY (%s)
    AND NOT EXISTS (
        SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
    )
ORDER BY i.indrelid, c.oid
