-- table_sizes
--
-- Question: How big is each table, with its indexes?
-- Read:     heap is the rows, toast what was too long for a row, indexes all of them; partitions
--           are counted with their parent. The 50 biggest.
-- Do:       more index than heap: see unused_indexes and redundant_indexes. Much toast: see which
--           column holds it. A log that grows for ever: retention (docs/requirements.md).
SELECT
    n.nspname AS schema,
    t.relname AS table,
    pg_size_pretty(s.heap + s.toast + s.indexes) AS total,
    pg_size_pretty(s.heap) AS heap,
    pg_size_pretty(s.toast) AS toast,
    pg_size_pretty(s.indexes) AS indexes,
    s.row_estimate,
    nullif(s.partitions, 0) AS partitions,
    s.heap + s.toast + s.indexes AS bytes
FROM pg_class AS t
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
CROSS JOIN LATERAL (
    SELECT
        sum(pg_relation_size(p.oid))::bigint AS heap,
        sum(pg_table_size(p.oid) - pg_relation_size(p.oid))::bigint AS toast,
        sum(pg_indexes_size(p.oid))::bigint AS indexes,
        sum(greatest(p.reltuples, 0))::bigint AS row_estimate,
        count(h.inhrelid) AS partitions
    FROM (VALUES (t.oid)) AS me (oid)
    LEFT JOIN pg_inherits AS h ON h.inhparent = me.oid
    INNER JOIN pg_class AS p ON p.oid = coalesce(h.inhrelid, me.oid)
) AS s
WHERE t.relkind IN ('r', 'p', 'm')
    AND NOT t.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY s.heap + s.toast + s.indexes DESC, n.nspname, t.relname
LIMIT 50;
