-- For how many seconds the archiver has failed: 0 where it works, or has nothing to do; nothing where
-- WAL is not archived at all.
SELECT
    CASE
        WHEN pg_catalog.current_setting('archive_mode') = 'off' THEN NULL
        WHEN pg_catalog.pg_is_in_recovery() AND pg_catalog.current_setting('archive_mode') = 'on' THEN 0
        WHEN a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
            THEN pg_catalog.round(
                extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.last_archived_time, a.stats_reset))
            )
        ELSE 0
    END,
    CASE
        WHEN pg_catalog.current_setting('archive_mode') = 'off' THEN 'archive_mode is off'
        WHEN a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
            THEN 'fails at ' || a.last_failed_wal
        ELSE coalesce('last archived ' || a.last_archived_wal, 'nothing to archive yet')
    END
FROM pg_catalog.pg_stat_archiver AS a
