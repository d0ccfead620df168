-- Who blocks a server process, the oldest transaction first. Parameter: its pid.
SELECT
    b.pid,
    coalesce(b.application_name, '') AS application,
    coalesce(b.usename, '') AS "user",
    coalesce(b.state, b.backend_type, '') AS state,
    coalesce(
        pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - b.xact_start)::text,
        'unknown'
    ) AS transaction_age,
    coalesce(
        pg_catalog.left(pg_catalog.regexp_replace(b.query, '\s+', ' ', 'g'), 120),
        ''
    ) AS query
FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(%s)) AS p (pid)
JOIN pg_catalog.pg_stat_activity AS b ON b.pid = p.pid
ORDER BY b.xact_start NULLS LAST, b.pid
