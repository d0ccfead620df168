-- Keys first, then foreign keys, then CHECKs, each kind in the order of its making.
SELECT
    k.conrelid::bigint AS relation,
    quote_ident(k.conname) AS name,
    k.contype::text AS kind,
    pg_get_constraintdef(k.oid, true)
    || coalesce(
        (
            SELECT ' WITH (' || array_to_string(i.reloptions, ', ') || ')'
            FROM pg_class AS i
            WHERE i.oid = k.conindid
                AND k.contype IN ('p', 'u')
        ),
        ''
    ) AS definition,
    ARRAY(
        SELECT a.attname::text
        FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
        ORDER BY u.place
    ) AS columns,
    nullif(k.confrelid, 0)::bigint AS parent,
    obj_description(k.oid, 'pg_constraint') AS comment
FROM pg_constraint AS k
WHERE k.conrelid = ANY (%s)
    AND k.contype NOT IN ('n', 't')
    AND k.conparentid = 0
ORDER BY k.conrelid, array_position('{p,u,f,c,x}'::"char"[], k.contype), k.oid
