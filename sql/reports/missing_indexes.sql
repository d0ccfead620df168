-- missing_indexes
--
-- Question: Which big tables are read from end to end, again and again?
-- Read:     tables of 10,000 rows or more with at least 10 sequential scans, by the rows those read.
--           rows_per_scan near row_estimate means that each read all of it. Counters are of this
--           server since its statistics were reset.
-- Do:       find the statement (footing report slowest_statements, io_statements), EXPLAIN
--           (ANALYZE, BUFFERS) it, and index what it filters and sorts by. A nightly report may
--           well scan: a few scans a day need no index.
SELECT
    n.nspname AS schema,
    root.relname AS table,
    s.row_estimate,
    s.seq_scan AS sequential_scans,
    s.seq_tup_read / nullif(s.seq_scan, 0) AS rows_per_scan,
    s.idx_scan AS index_scans,
    round(s.seq_scan::numeric / (s.seq_scan + s.idx_scan), 3) AS sequential_share,
    pg_size_pretty(s.bytes) AS size,
    'find its statement: footing report io_statements' AS advice
FROM (
    SELECT
        coalesce(h.inhparent, u.relid) AS root_oid,
        sum(greatest(c.reltuples, u.n_live_tup))::bigint AS row_estimate,
        sum(u.seq_scan)::bigint AS seq_scan,
        sum(u.seq_tup_read)::bigint AS seq_tup_read,
        coalesce(sum(u.idx_scan), 0)::bigint AS idx_scan,
        sum(pg_relation_size(u.relid))::bigint AS bytes
    FROM pg_stat_user_tables AS u
    INNER JOIN pg_class AS c ON c.oid = u.relid
    LEFT JOIN pg_inherits AS h ON h.inhrelid = u.relid
    GROUP BY coalesce(h.inhparent, u.relid)
) AS s
INNER JOIN pg_class AS root ON root.oid = s.root_oid
INNER JOIN pg_namespace AS n ON n.oid = root.relnamespace
WHERE s.row_estimate >= 10000
    AND s.seq_scan >= 10
    AND s.seq_tup_read / s.seq_scan >= 5000
ORDER BY s.seq_tup_read DESC;
