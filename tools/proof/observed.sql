-- What a session holds on tables that are older than its transaction, the strongest first; partitions
-- through their parent. Modes that stop neither readers nor writers are left out.
SELECT
    coalesce(pg_partition_root(c.oid), c.oid)::regclass::text AS name,
    l.mode
FROM pg_locks AS l
JOIN pg_class AS c ON c.oid = l.relation
JOIN unnest(%(modes)s::text[]) WITH ORDINALITY AS m (mode, strength) ON m.mode = l.mode
WHERE l.pid = %(pid)s
    AND l.granted
    AND c.oid = ANY (%(before)s::oid[])
    AND NOT c.relispartition
ORDER BY m.strength DESC
