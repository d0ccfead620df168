-- How many servers stream from this one.
SELECT
    pg_catalog.count(*),
    coalesce(pg_catalog.string_agg(r.application_name, ', '), 'none')
FROM pg_catalog.pg_stat_replication AS r
WHERE r.state = 'streaming'
