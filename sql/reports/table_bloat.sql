-- table_bloat
--
-- Question: Which tables take more room than their rows need?
-- Read:     an ESTIMATE from the planner's statistics (average widths, rows, pages), good to some
--           ten percent, wrong where a table was not analyzed lately or holds compressed values.
--           Listed from 1 MB and 30 % wasted. pgstattuple would measure, reading every page.
-- Do:       autovacuum reuses the room, so act only where it will not be needed again: VACUUM FULL
--           (ACCESS EXCLUSIVE, a maintenance window) or pg_repack. First ask why it came about:
--           vacuum_age, long_transactions, replication_slots.
WITH tables AS (
    SELECT
        c.oid,
        n.nspname,
        c.relname,
        c.reltuples,
        c.relpages::bigint AS pages,
        current_setting('block_size')::integer AS page,
        coalesce(substring(c.reloptions::text FROM 'fillfactor=(\d+)')::integer, 100) AS fillfactor,
        -- a row is a head of 24 bytes and its columns, to a multiple of 8; and 4 to point at it
        4 + 24 + ceil(sum(w.width * (1 - w.null_fraction))::numeric / 8) * 8 AS row_bytes
    FROM pg_class AS c
    INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
    INNER JOIN ops.column_widths() AS w ON w.relation = c.oid
    WHERE c.relkind IN ('r', 'm')
        AND c.reltuples >= 0
    GROUP BY c.oid, n.nspname, c.relname, c.reltuples, c.relpages, c.reloptions
),

estimates AS (
    SELECT
        t.*,
        ceil(t.reltuples * t.row_bytes / ((t.page - 24) * t.fillfactor / 100.0)) AS needed
    FROM tables AS t
)

SELECT
    e.nspname AS schema,
    e.relname AS table,
    pg_size_pretty(e.pages * e.page) AS size,
    pg_size_pretty((e.pages - e.needed)::bigint * e.page) AS wasted_estimate,
    round(((e.pages - e.needed) / e.pages)::numeric, 2) AS wasted_ratio,
    s.n_dead_tup AS dead_rows,
    s.last_autovacuum,
    format('once, in a quiet hour: VACUUM (FULL, ANALYZE) %I.%I;', e.nspname, e.relname) AS advice
FROM estimates AS e
LEFT JOIN pg_stat_user_tables AS s ON s.relid = e.oid
WHERE e.pages * e.page >= 1024 * 1024
    AND (e.pages - e.needed) / e.pages >= 0.3
ORDER BY (e.pages - e.needed) * e.page DESC;
