-- A function that only reads and does not say PARALLEL SAFE: a query that calls it gets no workers.
SELECT p.oid::regprocedure::text AS offender
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND p.provolatile IN ('i', 's')
    AND p.proparallel = 'u'
