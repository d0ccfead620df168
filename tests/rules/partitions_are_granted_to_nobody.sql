-- A partition that anybody but its owner may use: a grant there goes round the parent's policies.
SELECT c.oid::regclass::text AS offender
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relispartition
    AND a.grantee <> c.relowner
