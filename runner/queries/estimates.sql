-- How many rows tables have by the statistics, and which are certainly empty; those that are not
-- there, or that may not be read, are left out. Parameter: an array of quoted names.
SELECT
    n.name,
    greatest(c.reltuples, 0)::bigint,
    c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) = 0
FROM pg_catalog.unnest(%s::text[]) AS n (name)
JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(n.name)
WHERE pg_catalog.has_table_privilege(c.oid, 'SELECT')
