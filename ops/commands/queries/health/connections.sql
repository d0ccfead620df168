-- The share of the connections of ordinary logins that is used.
SELECT
    pg_catalog.round(pg_catalog.count(*)::numeric / room.slots, 3),
    pg_catalog.format('%s of %s connections', pg_catalog.count(*), room.slots)
FROM pg_catalog.pg_stat_activity AS a
CROSS JOIN (
    SELECT
        pg_catalog.current_setting('max_connections')::integer
        - pg_catalog.current_setting('superuser_reserved_connections')::integer
        - coalesce(pg_catalog.current_setting('reserved_connections', true)::integer, 0) AS slots
) AS room
WHERE a.backend_type = 'client backend'
GROUP BY room.slots
