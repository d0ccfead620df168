-- A constraint that was not validated, an index that is not valid, a trigger that is disabled, a table
-- that a crash empties: each says that something holds, which does not.
SELECT k.conrelid::regclass::text || '.' || k.conname || ' is not validated' AS offender
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND NOT k.convalidated
UNION ALL
SELECT i.indexrelid::regclass::text || ' is not valid'
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND NOT (i.indisvalid AND i.indisready AND i.indislive)
UNION ALL
SELECT t.tgrelid::regclass::text || '.' || t.tgname || ' is disabled'
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND t.tgenabled IN ('D', 'R')
UNION ALL
SELECT c.oid::regclass::text || ' is not logged'
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relkind IN ('r', 'p', 'm')
    AND c.relpersistence <> 'p'
