-- replication_slots
--
-- Question: What do replication slots keep from being removed?
-- Read:     retained is the WAL kept for the slot; an inactive slot keeps it without end and fills
--           the disk. xids_held_back keeps VACUUM from removing rows.
-- Do:       drop the slot of a follower that will not come back, and set max_slot_wal_keep_size. A
--           slot that is lost means a follower that must be built anew.
SELECT
    s.slot_name,
    s.slot_type,
    s.database,
    s.active,
    s.wal_status,
    pg_size_pretty(k.bytes) AS retained,
    k.bytes AS retained_bytes,
    pg_size_pretty(s.safe_wal_size) AS room_left,
    greatest(age(s.xmin), age(s.catalog_xmin)) AS xids_held_back,
    CASE
        WHEN s.wal_status = 'lost' THEN 'build the follower anew, then drop the slot'
        WHEN NOT s.active
            THEN format('if its follower is gone: SELECT pg_drop_replication_slot(%L);', s.slot_name)
        WHEN k.bytes > 10::bigint * 1024 * 1024 * 1024 THEN 'its follower is far behind: see replication'
    END AS advice
FROM pg_replication_slots AS s
CROSS JOIN LATERAL (
    SELECT
        pg_wal_lsn_diff(
            CASE
                WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                ELSE pg_current_wal_lsn()
            END,
            s.restart_lsn
        )::bigint AS bytes
) AS k
ORDER BY s.active, k.bytes DESC NULLS LAST;
