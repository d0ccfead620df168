-- index_bloat
--
-- Question: Which B-tree indexes take more room than their entries need?
-- Read:     an ESTIMATE from the planner's statistics; duplicates are counted in full though B-trees
--           store them once, so a listed index is bloated indeed, and some bloated ones are missed.
--           Listed from 1 MB and 40 % wasted: after random inserts a quarter is normal.
-- Do:       run advice; readers and writers go on meanwhile, and it needs room for a second copy.
WITH indexes AS (
    SELECT
        i.indexrelid,
        n.nspname,
        t.relname AS table_name,
        x.relname AS index_name,
        x.relpages::bigint AS pages,
        x.reltuples,
        current_setting('block_size')::integer AS page,
        coalesce(substring(x.reloptions::text FROM 'fillfactor=(\d+)')::integer, 90) AS fillfactor,
        -- an entry is a head of 8 bytes and its columns, to a multiple of 8; and 4 to point at it
        4 + 8 + ceil(sum(coalesce(w.width * (1 - w.null_fraction), 8))::numeric / 8) * 8 AS entry_bytes
    FROM pg_index AS i
    INNER JOIN pg_class AS x ON x.oid = i.indexrelid AND x.relkind = 'i'
    INNER JOIN pg_am AS am ON am.oid = x.relam AND am.amname = 'btree'
    INNER JOIN pg_class AS t ON t.oid = i.indrelid
    INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
    CROSS JOIN LATERAL generate_series(0, i.indnatts - 1) AS k
    LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] AND a.attnum > 0
    LEFT JOIN pg_attribute AS e ON e.attrelid = i.indexrelid AND e.attnum = k + 1
    LEFT JOIN ops.column_widths() AS w
        ON (w.relation = i.indrelid AND w.column_name = a.attname)
        OR (w.relation = i.indexrelid AND a.attname IS NULL AND w.column_name = e.attname)
    WHERE x.reltuples >= 0
        AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
    GROUP BY
        i.indexrelid, n.nspname, t.relname, x.relname, x.relpages, x.reltuples, x.reloptions
),

estimates AS (
    SELECT
        i.*,
        1 + ceil(i.reltuples * i.entry_bytes / ((i.page - 40) * i.fillfactor / 100.0)) AS needed
    FROM indexes AS i
)

SELECT
    e.nspname AS schema,
    e.table_name AS table,
    e.index_name AS index,
    pg_size_pretty(e.pages * e.page) AS size,
    pg_size_pretty((e.pages - e.needed)::bigint * e.page) AS wasted_estimate,
    round(((e.pages - e.needed) / e.pages)::numeric, 2) AS wasted_ratio,
    format('REINDEX INDEX CONCURRENTLY %I.%I;', e.nspname, e.index_name) AS advice
FROM estimates AS e
WHERE e.pages * e.page >= 1024 * 1024
    AND (e.pages - e.needed) / e.pages >= 0.4
ORDER BY (e.pages - e.needed) * e.page DESC;
