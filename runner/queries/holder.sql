-- Who holds the migration lock of this database. Parameter: the lock's key.
SELECT
    a.pid,
    coalesce(a.application_name, '') AS application,
    coalesce(pg_catalog.host(a.client_addr), 'this machine''s socket') AS host,
    coalesce(a.usename, '') AS "user",
    coalesce(a.state, '') AS state,
    coalesce(
        pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - a.backend_start)::text,
        ''
    ) AS since
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
JOIN pg_catalog.pg_database AS d ON d.oid = l.database
WHERE l.locktype = 'advisory'
    AND l.granted
    AND l.objsubid = 1
    AND d.datname = pg_catalog.current_database()
    AND (l.classid::bigint << 32) | l.objid::bigint = %s
