-- An identity that is not bigint: an integer runs out after two thousand million rows, some night.
SELECT c.oid::regclass::text || '.' || a.attname AS offender
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND a.attidentity <> ''
    AND a.atttypid <> 'bigint'::regtype
