-- database_sizes
--
-- Question: How big is each database of this server?
-- Read:     on disk, everything counted: tables, indexes, bloat.
-- Do:       compare with the disk's free space; footing report table_sizes says where it went,
--           growth how fast it goes on.
SELECT
    d.datname AS database,
    pg_size_pretty(pg_database_size(d.oid)) AS size,
    pg_database_size(d.oid) AS bytes,
    d.datname = current_database() AS this_one
FROM pg_database AS d
WHERE d.datallowconn
ORDER BY pg_database_size(d.oid) DESC, d.datname;
