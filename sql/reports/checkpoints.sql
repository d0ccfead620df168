-- checkpoints
--
-- Question: Do checkpoints come on time, or because WAL ran over?
-- Read:     one row. timed ones come every checkpoint_timeout and are spread out; requested ones
--           come in a burst, because max_wal_size was reached, somebody ran CHECKPOINT, or a
--           backup began. cleaning_halts: the background writer stopped at its limit.
-- Do:       more than a quarter requested: raise max_wal_size. Many cleaning_halts: raise
--           bgwriter_lru_maxpages.
SELECT
    c.timed,
    c.requested,
    round(c.requested::numeric / nullif(c.timed + c.requested, 0), 3) AS requested_share,
    round((c.write_ms / nullif(c.timed + c.requested, 0) / 1000)::numeric, 1) AS write_seconds_each,
    round((c.sync_ms / nullif(c.timed + c.requested, 0) / 1000)::numeric, 2) AS sync_seconds_each,
    pg_size_pretty(c.buffers_written * current_setting('block_size')::bigint) AS written,
    c.cleaning_halts,
    c.counted_since,
    current_setting('max_wal_size') AS max_wal_size,
    CASE
        WHEN c.requested > 10 AND c.requested > c.timed / 3.0 THEN 'raise max_wal_size'
    END AS advice
FROM ops.checkpoints() AS c;
