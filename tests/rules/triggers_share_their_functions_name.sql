-- A trigger called otherwise than the function it runs, a suffix for a second one aside.
SELECT t.tgrelid::regclass::text || '.' || t.tgname AS offender
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND NOT t.tgisinternal
    AND t.tgname <> p.proname
    AND NOT starts_with(t.tgname, p.proname || '_')
