-- What others than the owner may do, a row for each privilege; columns in their order.
WITH given AS (
    SELECT 'schema' AS kind, n.oid, NULL AS column_name, 0 AS place, n.nspowner AS owner, x.*
    FROM pg_namespace AS n
    CROSS JOIN LATERAL aclexplode(n.nspacl) AS x
    UNION ALL
    SELECT 'relation', c.oid, NULL, 0, c.relowner, x.*
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(c.relacl) AS x
    UNION ALL
    SELECT 'relation', c.oid, quote_ident(a.attname), a.attnum, c.relowner, x.*
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid
    CROSS JOIN LATERAL aclexplode(a.attacl) AS x
    WHERE a.attnum > 0
    UNION ALL
    SELECT 'function', p.oid, NULL, 0, p.proowner, x.*
    FROM pg_proc AS p
    CROSS JOIN LATERAL aclexplode(p.proacl) AS x
)
SELECT
    g.kind,
    g.oid::bigint AS oid,
    g.column_name,
    coalesce(r.rolname::text, 'PUBLIC') AS grantee,
    g.privilege_type AS privilege,
    g.is_grantable
FROM given AS g
LEFT JOIN pg_roles AS r ON r.oid = g.grantee
WHERE g.grantee <> g.owner
    AND g.oid >= 16384
    AND g.privilege_type <> 'MAINTAIN'
ORDER BY
    g.oid,
    array_position('{USAGE,SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,EXECUTE}', g.privilege_type),
    coalesce(r.rolname::text, 'PUBLIC') COLLATE "C",
    g.place
