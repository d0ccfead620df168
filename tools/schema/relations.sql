-- Tables and views in the order they were made. Partitions are months, not schema.
SELECT
    c.oid::bigint AS oid,
    n.nspname AS schema,
    c.relname AS name,
    c.relkind::text AS kind,
    obj_description(c.oid, 'pg_class') AS comment,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partitioned_by,
    c.relrowsecurity AS row_security,
    c.relforcerowsecurity AS forced,
    c.relpersistence = 'u' AS unlogged,
    coalesce(c.reloptions, '{}') AS options,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END AS definition
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm')
    AND NOT c.relispartition
    AND n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
ORDER BY c.oid
