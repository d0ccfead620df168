SELECT n.oid::bigint AS oid, n.nspname AS name, obj_description(n.oid, 'pg_namespace') AS comment
FROM pg_namespace AS n
WHERE n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
ORDER BY n.oid
