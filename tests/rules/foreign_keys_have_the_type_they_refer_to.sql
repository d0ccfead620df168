-- A foreign key of another type, length or collation than the key it refers to: each comparison casts,
-- and a value that fits one side may not fit the other.
SELECT k.conrelid::regclass::text || '.' || own.attname AS offender
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair (own, theirs)
JOIN pg_attribute AS own ON own.attrelid = k.conrelid AND own.attnum = pair.own
JOIN pg_attribute AS theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = pair.theirs
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND k.contype = 'f'
    AND (own.atttypid, own.atttypmod, own.attcollation)
        <> (theirs.atttypid, theirs.atttypmod, theirs.attcollation)
