-- What is known of a table without counting it: its bytes and its rows by the statistics. What is not
-- there, or may not be read, has no row. Parameter: an array of schema.table or schema.table.column.
SELECT
    n.name,
    pg_catalog.format(
        'SELECT %%L, count(%%s) FROM %%s',
        n.name,
        coalesce(pg_catalog.quote_ident(a.attname), '*'),
        c.oid::regclass
    ) AS counting,
    (
        SELECT coalesce(sum(pg_catalog.pg_relation_size(t.relid)), 0)
        FROM (
            SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) AS t WHERE t.isleaf
            UNION
            SELECT c.oid::regclass WHERE c.relkind <> 'p'
        ) AS t (relid)
    ) AS bytes,
    greatest(c.reltuples, 0)::bigint AS estimate
FROM pg_catalog.unnest(%s::text[]) AS n (name)
CROSS JOIN LATERAL pg_catalog.parse_ident(n.name) AS p (parts)
JOIN pg_catalog.pg_class AS c
    ON c.oid = pg_catalog.to_regclass(pg_catalog.format('%%I.%%I', p.parts[1], p.parts[2]))
LEFT JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = c.oid
    AND a.attname = p.parts[3]
WHERE pg_catalog.has_table_privilege(c.oid, 'SELECT')
    AND (p.parts[3] IS NULL OR a.attname IS NOT NULL)
