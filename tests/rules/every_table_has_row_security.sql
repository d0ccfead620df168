-- A table of the kernel or of a product without row security. Nobody is granted a partition.
SELECT c.oid::regclass::text AS offender
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND n.nspname <> 'ops'
    AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND NOT c.relrowsecurity
