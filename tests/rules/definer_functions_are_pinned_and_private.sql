-- A SECURITY DEFINER function without a search_path ending in pg_temp, or that PUBLIC may execute.
SELECT p.oid::regprocedure::text AS offender
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND p.prosecdef
    AND (
        NOT EXISTS (
            SELECT
            FROM unnest(p.proconfig) AS setting
            WHERE setting ~ '^search_path=.*\mpg_temp$'
        )
        OR EXISTS (
            SELECT
            FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
            WHERE a.grantee = 0
        )
    )
