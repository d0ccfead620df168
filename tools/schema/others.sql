-- What is neither table, view nor function: types, domains, sequences of their own, statistics.
SELECT t.oid::bigint AS oid, n.nspname AS schema, t.typname AS name,
    CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END AS kind,
    obj_description(t.oid, 'pg_type') AS comment
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_class AS c ON c.oid = t.typrelid
WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
    AND n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
UNION ALL
SELECT c.oid, n.nspname, c.relname, 'SEQUENCE', obj_description(c.oid, 'pg_class')
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'S'
    AND n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
    )
UNION ALL
SELECT x.oid, n.nspname, x.stxname, 'STATISTICS', obj_description(x.oid, 'pg_statistic_ext')
FROM pg_statistic_ext AS x
JOIN pg_namespace AS n ON n.oid = x.stxnamespace
WHERE n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
ORDER BY 1
