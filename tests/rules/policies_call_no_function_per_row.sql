-- A policy that calls one of our functions outside a scalar sub-select, or with a row's column: it runs
-- once a row instead of once a statement.
SELECT p.polrelid::regclass::text || ' ' || p.polname || ': ' || f.proname AS offender
FROM pg_policy AS p
JOIN pg_class AS c ON c.oid = p.polrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_depend AS d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
JOIN pg_proc AS f ON d.refclassid = 'pg_proc'::regclass AND f.oid = d.refobjid
CROSS JOIN LATERAL concat_ws(
    ' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
) AS t (condition)
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND f.pronamespace <> 'pg_catalog'::regnamespace
    AND regexp_count(t.condition, '\m' || f.proname || '\(')
        > regexp_count(
            t.condition,
            '(SELECT|FROM)\s+(\w+\.)?' || f.proname || '\((''[^'']*''(::\w+)?(, )?)*\)'
        )
