-- A foreign key from one product's schema into another's, or from core into any.
SELECT k.conrelid::regclass::text || '.' || k.conname AS offender
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS target ON target.oid = k.confrelid
JOIN pg_namespace AS target_schema ON target_schema.oid = target.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND k.contype = 'f'
    AND target_schema.nspname NOT IN (n.nspname, 'core')
