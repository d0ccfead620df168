-- An index of our own making (behind no constraint) not called idx_<table>_…
SELECT i.indexrelid::regclass::text AS offender
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indrelid
JOIN pg_class AS x ON x.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND NOT x.relispartition
    AND NOT EXISTS (
        SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
    )
    AND NOT starts_with(x.relname, 'idx_' || c.relname || '_')
