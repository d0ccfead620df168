-- Anything in schema public, or anybody but its owner who may create there.
SELECT c.oid::regclass::text AS offender
FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT p.oid::regprocedure::text
FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'PUBLIC may create in public'
FROM pg_namespace AS n
CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
WHERE n.nspname = 'public'
    AND a.grantee = 0
    AND a.privilege_type = 'CREATE'
