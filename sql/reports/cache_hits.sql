-- cache_hits
--
-- Question: Which tables and indexes are read from outside PostgreSQL's memory?
-- Read:     hit_ratio is the share of blocks found in shared_buffers; the first line is the whole
--           database. A miss may still be in the operating system's memory. Listed from 100 misses.
-- Do:       below 0.98 for the database: a statement reads too much (io_statements), or
--           shared_buffers is too small (settings). A high ratio says nothing about whether an
--           index is the right one: a loop over hot blocks has 1.00.
SELECT
    s.schema,
    s.name,
    s.kind,
    s.hits,
    s.misses,
    round(s.hits::numeric / nullif(s.hits + s.misses, 0), 4) AS hit_ratio,
    CASE
        WHEN s.hits::numeric / nullif(s.hits + s.misses, 0) < 0.98 AND s.misses >= 1000
            THEN 'see io_statements, then shared_buffers'
    END AS advice
FROM (
    SELECT
        0 AS place,
        '' AS schema,
        d.datname AS name,
        'database' AS kind,
        d.blks_hit AS hits,
        d.blks_read AS misses
    FROM pg_stat_database AS d
    WHERE d.datname = current_database()

    UNION ALL

    SELECT
        1,
        t.schemaname,
        t.relname,
        'table',
        t.heap_blks_hit + coalesce(t.toast_blks_hit, 0),
        t.heap_blks_read + coalesce(t.toast_blks_read, 0)
    FROM pg_statio_user_tables AS t
    WHERE t.heap_blks_read + coalesce(t.toast_blks_read, 0) >= 100

    UNION ALL

    SELECT
        1,
        i.schemaname,
        i.indexrelname,
        'index',
        i.idx_blks_hit,
        i.idx_blks_read
    FROM pg_statio_user_indexes AS i
    WHERE i.idx_blks_read >= 100
) AS s
ORDER BY s.place, s.misses DESC
LIMIT 50;
