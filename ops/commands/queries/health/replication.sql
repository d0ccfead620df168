-- How many bytes the last of its followers is behind; of a standby, how far it is itself.
SELECT
    CASE
        WHEN NOT pg_catalog.pg_is_in_recovery() THEN coalesce(f.bytes, 0)
        WHEN EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver)
            THEN pg_catalog.pg_wal_lsn_diff(
                pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn()
            )
    END,
    CASE
        WHEN NOT pg_catalog.pg_is_in_recovery() THEN coalesce(f.name || ' is the last', 'nobody follows')
        WHEN EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver) THEN 'this standby'
        ELSE 'this standby receives nothing'
    END
FROM (VALUES (1)) AS one (row)
LEFT JOIN (
    SELECT
        r.application_name AS name,
        pg_catalog.pg_wal_lsn_diff(
            CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_wal_lsn() END,
            coalesce(r.replay_lsn, r.flush_lsn, '0/0')
        ) AS bytes
    FROM pg_catalog.pg_stat_replication AS r
    WHERE r.state <> 'backup'
    ORDER BY bytes DESC NULLS LAST
    LIMIT 1
) AS f ON true
