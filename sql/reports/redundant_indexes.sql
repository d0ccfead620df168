-- redundant_indexes
--
-- Question: Which indexes only repeat the beginning of a longer one?
-- Read:     whatever the index answers, the one in covered_by does too. It is smaller, so a scan of
--           many rows may be a little faster; every write pays for that.
-- Do:       drop it. Unique ones are left out: they enforce a rule. Equal ones are in
--           duplicate_indexes.
SELECT
    n.nspname AS schema,
    t.relname AS table,
    short_class.relname AS index,
    long_class.relname AS covered_by,
    pg_size_pretty(pg_relation_size(short.indexrelid)) AS size,
    format('DROP INDEX CONCURRENTLY %I.%I;', n.nspname, short_class.relname) AS advice
FROM pg_index AS short
INNER JOIN pg_class AS short_class ON short_class.oid = short.indexrelid
INNER JOIN pg_index AS long
    ON long.indrelid = short.indrelid
    AND long.indexrelid <> short.indexrelid
    AND long.indnkeyatts > short.indnkeyatts
INNER JOIN pg_class AS long_class
    ON long_class.oid = long.indexrelid
    AND long_class.relam = short_class.relam
INNER JOIN pg_am AS am ON am.oid = short_class.relam AND am.amname = 'btree'
INNER JOIN pg_class AS t ON t.oid = short.indrelid
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE NOT short.indisunique
    AND NOT short_class.relispartition
    AND short.indisvalid
    AND long.indisvalid
    AND short.indnatts = short.indnkeyatts
    AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
    AND (
        coalesce(pg_get_expr(short.indpred, short.indrelid), '')
        = coalesce(pg_get_expr(long.indpred, long.indrelid), '')
    )
    AND NOT EXISTS (
        SELECT
        FROM generate_series(0, short.indnkeyatts - 1) AS k
        WHERE pg_get_indexdef(short.indexrelid, k + 1, true)
            <> pg_get_indexdef(long.indexrelid, k + 1, true)
            OR short.indclass[k] <> long.indclass[k]
            OR short.indcollation[k] <> long.indcollation[k]
            OR short.indoption[k] <> long.indoption[k]
    )
ORDER BY pg_relation_size(short.indexrelid) DESC, n.nspname, short_class.relname;
