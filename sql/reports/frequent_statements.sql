-- frequent_statements
--
-- Question: Which statements run most often?
-- Read:     by calls, since pg_stat_statements was reset; rows_per_call near 1 and many calls is
--           often a loop in an application that should be one join.
-- Do:       fetch in one statement what is fetched row by row; prepare what stays; cache what does
--           not change.
SELECT
    s.calls,
    round(s.mean_ms::numeric, 3) AS mean_ms,
    round(s.total_ms::numeric, 1) AS total_ms,
    round((s.total_ms / nullif(sum(s.total_ms) OVER (), 0))::numeric, 3) AS share,
    round(s.row_count::numeric / nullif(s.calls, 0), 1) AS rows_per_call,
    s.role_name AS role,
    s.queryid,
    left(regexp_replace(s.query, '\s+', ' ', 'g'), 200) AS statement
FROM ops.statements() AS s
ORDER BY s.calls DESC
LIMIT 20;
