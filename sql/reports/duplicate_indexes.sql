-- duplicate_indexes
--
-- Question: Which indexes are the same as another?
-- Read:     both have the same columns, order, operator classes, condition and included columns.
--           Every write pays for both, and the planner only ever needs one.
-- Do:       drop the one that advice names: it is never the one that a constraint stands on.
WITH shapes AS (
    SELECT
        i.indexrelid,
        i.indrelid,
        c.relname,
        first_value(c.relname) OVER (
            PARTITION BY
                i.indrelid, c.relam, i.indnkeyatts, i.indkey::text, i.indclass::text,
                i.indcollation::text, i.indoption::text,
                pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)
            ORDER BY
                EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid) DESC,
                i.indisunique DESC,
                i.indexrelid
        ) AS same_as
    FROM pg_index AS i
    INNER JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE NOT c.relispartition
        AND i.indisvalid
)

SELECT
    n.nspname AS schema,
    t.relname AS table,
    s.relname AS index,
    s.same_as,
    pg_size_pretty(pg_relation_size(s.indexrelid)) AS size,
    format('DROP INDEX CONCURRENTLY %I.%I;', n.nspname, s.relname) AS advice
FROM shapes AS s
INNER JOIN pg_class AS t ON t.oid = s.indrelid
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE s.same_as <> s.relname
    AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = s.indexrelid)
ORDER BY pg_relation_size(s.indexrelid) DESC, n.nspname, s.relname;
