-- A view that shows its owner's rows. The exceptions are security barriers: the filtering view over
-- a materialized view <name>_data, and session_access, what the session's person may do where.
SELECT c.oid::regclass::text AS offender
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relkind = 'v'
    AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)
    AND NOT (
        coalesce(c.reloptions @> '{security_barrier=true}', false)
        AND (
            c.relname = 'session_access'
            OR to_regclass(format('%I.%I', n.nspname, c.relname || '_data')) IS NOT NULL
        )
    )
