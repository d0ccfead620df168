-- The files of tables that were there before, and how many of their rows this transaction read in scans.
SELECT
    coalesce(pg_partition_root(c.oid), c.oid)::regclass::text AS name,
    c.oid::bigint,
    c.relfilenode::bigint,
    coalesce(s.seq_tup_read, 0)::bigint AS scanned
FROM pg_class AS c
LEFT JOIN pg_stat_xact_all_tables AS s ON s.relid = c.oid
WHERE c.oid = ANY (%s::oid[])
    AND c.relkind IN ('r', 'm')
