-- invalid_indexes
--
-- Question: Which indexes and constraints were begun and never finished?
-- Read:     an INVALID index answers no query and still costs every write; a constraint that is NOT
--           VALID does not speak for the rows that were there before it.
-- Do:       unless a build is running (footing report locks), run advice. For an index of a
--           migration run footing migrate: it builds it again.
SELECT
    n.nspname AS schema,
    t.relname AS table,
    o.kind,
    o.name,
    o.advice
FROM (
    SELECT
        i.indrelid AS relation,
        'index' AS kind,
        x.relname AS name,
        format('REINDEX INDEX CONCURRENTLY %I.%I;', xn.nspname, x.relname) AS advice
    FROM pg_index AS i
    INNER JOIN pg_class AS x ON x.oid = i.indexrelid
    INNER JOIN pg_namespace AS xn ON xn.oid = x.relnamespace
    WHERE NOT (i.indisvalid AND i.indisready AND i.indislive)

    UNION ALL

    SELECT
        k.conrelid,
        'constraint',
        k.conname,
        format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', k.conrelid::regclass, k.conname)
    FROM pg_constraint AS k
    WHERE NOT k.convalidated
        AND k.conrelid <> 0
) AS o
INNER JOIN pg_class AS t ON t.oid = o.relation
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
ORDER BY n.nspname, t.relname, o.name;
