-- replication
--
-- Question: Which servers follow this one, and how far behind are they?
-- Read:     on a primary one row a follower: sent, flushed and replayed behind by so many bytes. On a
--           standby one row for itself. No rows on a primary: nobody follows it.
-- Do:       not_sent grows: the network, or the primary's load. not_replayed grows alone: a query on
--           the standby holds replay up (max_standby_streaming_delay), or its disk is slow.
SELECT
    coalesce(nullif(r.application_name, ''), r.client_addr::text) AS follower,
    r.state,
    r.sync_state,
    pg_size_pretty(pg_wal_lsn_diff(here.lsn, r.sent_lsn)) AS not_sent,
    pg_size_pretty(pg_wal_lsn_diff(r.sent_lsn, r.flush_lsn)) AS not_flushed,
    pg_size_pretty(pg_wal_lsn_diff(r.flush_lsn, r.replay_lsn)) AS not_replayed,
    pg_wal_lsn_diff(here.lsn, coalesce(r.replay_lsn, r.flush_lsn)) AS bytes_behind,
    r.replay_lag AS time_behind,
    CASE
        WHEN r.state <> 'streaming' THEN 'not streaming yet: ' || r.state
        WHEN pg_wal_lsn_diff(here.lsn, coalesce(r.replay_lsn, r.flush_lsn)) > 100 * 1024 * 1024
            THEN 'more than 100 MB behind: do not fail over to it'
    END AS advice
FROM pg_stat_replication AS r
CROSS JOIN (
    SELECT
        CASE
            WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
            ELSE pg_current_wal_lsn()
        END AS lsn
) AS here

UNION ALL

SELECT
    '(this standby)',
    coalesce((SELECT w.status FROM pg_stat_wal_receiver AS w), 'no receiver'),
    NULL,
    NULL,
    NULL,
    pg_size_pretty(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())),
    pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()),
    CASE
        WHEN pg_last_wal_receive_lsn() <> pg_last_wal_replay_lsn()
            THEN now() - pg_last_xact_replay_timestamp()
        ELSE interval '0'
    END,
    CASE
        WHEN NOT EXISTS (SELECT FROM pg_stat_wal_receiver)
            THEN 'receives nothing: check primary_conninfo and the primary'
        WHEN pg_is_wal_replay_paused() THEN 'replay is paused: SELECT pg_wal_replay_resume();'
    END
WHERE pg_is_in_recovery()
ORDER BY bytes_behind DESC NULLS FIRST;
