SELECT
    t.tgrelid::bigint AS relation,
    quote_ident(t.tgname) AS name,
    pg_get_triggerdef(t.oid, true) AS definition,
    t.tgenabled::text AS enabled,
    t.tgfoid::regproc::text AS function,
    obj_description(t.oid, 'pg_trigger') AS comment
FROM pg_trigger AS t
WHERE t.tgrelid = ANY (%s)
    AND NOT t.tgisinternal
ORDER BY t.tgrelid, t.oid
