-- A constraint without the suffix of its kind, or that does not begin with its table's name.
SELECT k.conrelid::regclass::text || '.' || k.conname AS offender
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND NOT c.relispartition
    AND k.contype IN ('p', 'u', 'f', 'c')
    AND NOT (
        starts_with(k.conname, c.relname || '_')
        AND k.conname ~ CASE k.contype
            WHEN 'p' THEN '_pkey$'
            WHEN 'u' THEN '_key$'
            WHEN 'f' THEN '_fkey$'
            ELSE '_check$'
        END
    )
