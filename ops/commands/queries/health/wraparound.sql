-- The share of the transaction (or multixact) numbers that the oldest database has used up.
SELECT
    pg_catalog.round(o.oldest::numeric / 2147483647, 3),
    'database ' || o.datname
FROM (
    SELECT
        d.datname,
        greatest(pg_catalog.age(d.datfrozenxid), pg_catalog.mxid_age(d.datminmxid)) AS oldest
    FROM pg_catalog.pg_database AS d
) AS o
ORDER BY o.oldest DESC
LIMIT 1
