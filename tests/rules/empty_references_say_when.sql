-- A foreign key column that may be NULL, and whose comment does not say when it is.
SELECT DISTINCT c.oid::regclass::text || '.' || a.attname AS offender
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND k.contype = 'f'
    AND NOT c.relispartition
    AND NOT a.attnotnull
    AND col_description(c.oid, a.attnum) !~* '\m(null|empty|unless|without|if any|where)\M'
