-- An index whose columns begin another index of the same table, with the same order, operator
-- classes and condition: whatever it answers, the other does. A unique one enforces something.
SELECT
    short.indexrelid::regclass::text || ' repeats ' || long.indexrelid::regclass::text AS offender
FROM pg_index AS short
JOIN pg_index AS long
    ON long.indrelid = short.indrelid
    AND long.indexrelid <> short.indexrelid
JOIN pg_class AS c ON c.oid = short.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS short_class ON short_class.oid = short.indexrelid
JOIN pg_class AS long_class
    ON long_class.oid = long.indexrelid AND long_class.relam = short_class.relam
CROSS JOIN LATERAL (
    SELECT
        array_agg(pg_get_indexdef(short.indexrelid, k, true) ORDER BY k) AS short_columns,
        array_agg(pg_get_indexdef(long.indexrelid, k, true) ORDER BY k) AS long_columns
    FROM generate_series(1, short.indnkeyatts) AS k
) AS d
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND NOT c.relispartition
    AND short.indnkeyatts <= long.indnkeyatts
    AND (NOT short.indisunique OR (long.indisunique AND long.indnkeyatts = short.indnkeyatts))
    AND d.short_columns = d.long_columns
    AND short.indclass::oid[] <@ long.indclass::oid[]
    AND (
        coalesce(pg_get_expr(short.indpred, short.indrelid), '')
        = coalesce(pg_get_expr(long.indpred, long.indrelid), '')
    )
    -- of two equal ones, name the later
    AND NOT (
        short.indnkeyatts = long.indnkeyatts
        AND short.indisunique = long.indisunique
        AND short.indexrelid < long.indexrelid
    )
