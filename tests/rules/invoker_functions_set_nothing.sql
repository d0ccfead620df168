-- A SECURITY INVOKER function with a SET clause: it can't be inlined, and runs 15 times slower. In
-- PL/pgSQL, which never is inlined, it may tell the planner how to plan.
SELECT p.oid::regprocedure::text AS offender
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND NOT p.prosecdef
    AND EXISTS (
        SELECT
        FROM unnest(p.proconfig) AS setting
        WHERE l.lanname <> 'plpgsql' OR setting !~ '^(enable_\w+|plan_cache_mode)='
    )
