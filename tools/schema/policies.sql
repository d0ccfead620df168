SELECT
    p.polrelid::bigint AS relation,
    p.oid::bigint AS oid,
    quote_ident(p.polname) AS name,
    p.polpermissive AS permissive,
    CASE p.polcmd
        WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL'
    END AS verb,
    ARRAY(
        SELECT coalesce(r.rolname::text, 'PUBLIC')
        FROM unnest(p.polroles) AS u (oid)
        LEFT JOIN pg_roles AS r ON r.oid = u.oid
        ORDER BY 1
    ) AS roles,
    pg_get_expr(p.polqual, p.polrelid, true) AS reads,
    pg_get_expr(p.polwithcheck, p.polrelid, true) AS writes,
    obj_description(p.oid, 'pg_policy') AS comment
FROM pg_policy AS p
WHERE p.polrelid = ANY (%s)
ORDER BY p.polrelid, p.oid
