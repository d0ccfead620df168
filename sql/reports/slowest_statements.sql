-- slowest_statements
--
-- Question: Which statements take longest, each time?
-- Read:     by mean time in milliseconds, since pg_stat_statements was reset; share is the part of
--           all time spent in this database. A high stddev_ms: sometimes fast, sometimes not.
-- Do:       EXPLAIN (ANALYZE, BUFFERS) it with real parameters, as the role that runs it (row
--           security is part of the plan). Mend what has both a high mean and a high share first.
SELECT
    round(s.mean_ms::numeric, 2) AS mean_ms,
    round(s.max_ms::numeric, 2) AS max_ms,
    round(s.stddev_ms::numeric, 2) AS stddev_ms,
    s.calls,
    round(s.total_ms::numeric, 1) AS total_ms,
    round((s.total_ms / nullif(sum(s.total_ms) OVER (), 0))::numeric, 3) AS share,
    s.role_name AS role,
    s.queryid,
    left(regexp_replace(s.query, '\s+', ' ', 'g'), 200) AS statement
FROM ops.statements() AS s
ORDER BY s.mean_ms DESC
LIMIT 20;
