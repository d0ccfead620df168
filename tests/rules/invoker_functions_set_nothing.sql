-- A SECURITY INVOKER function with a SET clause: it can't be inlined, and runs 15 times slower.
SELECT p.oid::regprocedure::text AS offender
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND NOT p.prosecdef
    AND p.proconfig IS NOT NULL
