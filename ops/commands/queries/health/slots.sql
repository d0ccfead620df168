-- How many bytes of WAL the slot that keeps most keeps; a slot that has lost its WAL keeps none.
SELECT
    coalesce(pg_catalog.max(pg_catalog.pg_wal_lsn_diff(here.lsn, s.restart_lsn)), 0),
    CASE
        WHEN pg_catalog.count(*) FILTER (WHERE s.wal_status = 'lost') > 0 THEN 'a slot has lost its WAL'
        ELSE pg_catalog.format(
            '%s slots, %s inactive', pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE NOT s.active)
        )
    END
FROM pg_catalog.pg_replication_slots AS s
CROSS JOIN (
    SELECT
        CASE
            WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_lsn()
        END AS lsn
) AS here
