-- unused_indexes
--
-- Question: Which indexes does nobody read?
-- Read:     scans is 0 for each, counted since counted_since on this server only; partitions'
--           indexes are counted with their parent's. Indexes behind a constraint are left out.
-- Do:       after a month of statistics, and after asking every standby the same, drop it in a
--           migration of its own (DROP INDEX CONCURRENTLY). Keep what serves a rare report or a
--           foreign key: advice says which.
SELECT
    n.nspname AS schema,
    t.relname AS table,
    x.relname AS index,
    pg_size_pretty(u.bytes) AS size,
    u.bytes,
    db.stats_reset AS counted_since,
    CASE
        WHEN fk.conname IS NOT NULL
            THEN 'keep: it finds the rows when a row of ' || fk.confrelid::regclass || ' is deleted'
        WHEN coalesce(db.stats_reset, pg_postmaster_start_time()) > now() - interval '30 days'
            THEN 'wait: counted for less than 30 days'
        ELSE format('DROP INDEX %s%I.%I;',
            CASE WHEN x.relkind = 'i' THEN 'CONCURRENTLY ' ELSE '' END, n.nspname, x.relname)
    END AS advice
FROM (
    SELECT
        coalesce(h.inhparent, s.indexrelid) AS index_oid,
        sum(s.idx_scan) AS scans,
        sum(pg_relation_size(s.indexrelid))::bigint AS bytes
    FROM pg_stat_user_indexes AS s
    LEFT JOIN pg_inherits AS h ON h.inhrelid = s.indexrelid
    GROUP BY coalesce(h.inhparent, s.indexrelid)
) AS u
INNER JOIN pg_index AS i ON i.indexrelid = u.index_oid
INNER JOIN pg_class AS x ON x.oid = i.indexrelid
INNER JOIN pg_class AS t ON t.oid = i.indrelid
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
CROSS JOIN (
    SELECT d.stats_reset
    FROM pg_stat_database AS d
    WHERE d.datname = current_database()
) AS db
LEFT JOIN LATERAL (
    SELECT k.conname, k.confrelid
    FROM pg_constraint AS k
    WHERE k.conrelid = i.indrelid
        AND k.contype = 'f'
        AND i.indpred IS NULL
        AND i.indkey[0] = ANY (k.conkey)
    LIMIT 1
) AS fk ON true
WHERE u.scans = 0
    AND NOT i.indisunique
    AND NOT i.indisexclusion
    AND NOT i.indisreplident
    AND i.indisvalid
ORDER BY u.bytes DESC, n.nspname, x.relname;
