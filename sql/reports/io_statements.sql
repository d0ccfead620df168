-- io_statements
--
-- Question: Which statements read and write most?
-- Read:     by blocks of 8 kB read from outside shared_buffers, and temporary ones; blocks_per_call
--           counts those found in memory too, and is what an index would lower. io_ms is 0 unless
--           track_io_timing is on.
-- Do:       many blocks for few rows: an index is missing (missing_indexes). Temporary blocks: a
--           sort or hash does not fit work_mem (temporary_files).
SELECT
    s.blocks_read,
    s.blocks_hit,
    round(s.blocks_read::numeric / nullif(s.blocks_hit + s.blocks_read, 0), 4) AS cache_miss_ratio,
    round((s.blocks_hit + s.blocks_read)::numeric / nullif(s.calls, 0), 1) AS blocks_per_call,
    s.temp_blocks,
    pg_size_pretty(s.wal_bytes) AS wal,
    round(s.io_ms::numeric, 1) AS io_ms,
    s.calls,
    s.row_count AS rows,
    s.role_name AS role,
    s.queryid,
    left(regexp_replace(s.query, '\s+', ' ', 'g'), 200) AS statement
FROM ops.statements() AS s
WHERE s.blocks_read + s.blocks_hit + s.temp_blocks > 0
ORDER BY s.blocks_read + s.temp_blocks DESC, s.blocks_hit DESC
LIMIT 20;
