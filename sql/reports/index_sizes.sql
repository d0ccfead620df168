-- index_sizes
--
-- Question: How big is each index, and what does it do for its size?
-- Read:     scans counts its uses since the statistics were reset; partitions' indexes are counted
--           with their parent's. The 50 biggest.
-- Do:       a big one with few scans: see unused_indexes. One much bigger than its table's rows
--           explain: see index_bloat.
SELECT
    n.nspname AS schema,
    t.relname AS table,
    x.relname AS index,
    pg_size_pretty(u.bytes) AS size,
    u.scans,
    u.rows_read,
    u.bytes
FROM (
    SELECT
        coalesce(h.inhparent, s.indexrelid) AS index_oid,
        sum(pg_relation_size(s.indexrelid))::bigint AS bytes,
        sum(s.idx_scan)::bigint AS scans,
        sum(s.idx_tup_read)::bigint AS rows_read
    FROM pg_stat_user_indexes AS s
    LEFT JOIN pg_inherits AS h ON h.inhrelid = s.indexrelid
    GROUP BY coalesce(h.inhparent, s.indexrelid)
) AS u
INNER JOIN pg_index AS i ON i.indexrelid = u.index_oid
INNER JOIN pg_class AS x ON x.oid = i.indexrelid
INNER JOIN pg_class AS t ON t.oid = i.indrelid
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
ORDER BY u.bytes DESC, n.nspname, x.relname
LIMIT 50;
