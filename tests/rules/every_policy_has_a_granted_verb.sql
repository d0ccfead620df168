-- A policy for a group that was not granted its verb: it is never asked, and misleads who reads
-- it. Policies for all verbs at once, or for PUBLIC, are offenders too.
SELECT p.polrelid::regclass::text || ' ' || p.polname AS offender
FROM pg_policy AS p
JOIN pg_class AS c ON c.oid = p.polrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL unnest(p.polroles) AS member (role)
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND (
        p.polcmd = '*'
        OR member.role = 0
        OR NOT EXISTS (
            SELECT
            FROM (
                SELECT a.grantee, a.privilege_type
                FROM aclexplode(c.relacl) AS a
                UNION
                SELECT a.grantee, a.privilege_type
                FROM pg_attribute AS t
                CROSS JOIN LATERAL aclexplode(t.attacl) AS a
                WHERE t.attrelid = c.oid
            ) AS granted
            WHERE granted.grantee = member.role
                AND granted.privilege_type = CASE p.polcmd
                    WHEN 'r' THEN 'SELECT'
                    WHEN 'a' THEN 'INSERT'
                    WHEN 'w' THEN 'UPDATE'
                    WHEN 'd' THEN 'DELETE'
                END
        )
    )
