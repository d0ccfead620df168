-- A table with row security where a group was granted a verb that no policy of it covers: the grant
-- promises what the policies refuse. Groups that row security does not bind are left out.
SELECT c.oid::regclass::text || ': ' || g.grantee::regrole::text || ' ' || g.verb AS offender
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT a.grantee, a.privilege_type AS verb
    FROM aclexplode(c.relacl) AS a
    UNION
    SELECT a.grantee, a.privilege_type
    FROM pg_attribute AS t
    CROSS JOIN LATERAL aclexplode(t.attacl) AS a
    WHERE t.attrelid = c.oid
) AS g
JOIN pg_roles AS r ON r.oid = g.grantee AND NOT r.rolbypassrls
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relrowsecurity
    AND g.grantee <> c.relowner
    AND g.verb IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    AND NOT EXISTS (
        SELECT
        FROM pg_policy AS p
        WHERE p.polrelid = c.oid
            AND g.grantee = ANY (p.polroles)
            AND p.polcmd = CASE g.verb
                WHEN 'SELECT' THEN 'r'
                WHEN 'INSERT' THEN 'a'
                WHEN 'UPDATE' THEN 'w'
                ELSE 'd'
            END::"char"
    )
