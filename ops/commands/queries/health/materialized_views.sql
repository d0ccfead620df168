-- How many seconds old the oldest figures are. Not ops.materialized_views: it asks for sizes, and
-- those wait for who holds a view's lock. Where a view was never filled: nothing.
SELECT
    CASE
        WHEN pg_catalog.bool_and(c.relispopulated) THEN coalesce(
            pg_catalog.round(extract(epoch FROM pg_catalog.max(pg_catalog.now() - h.refreshed_at))), 0
        )
        WHEN pg_catalog.count(*) = 0 THEN 0
    END,
    CASE
        WHEN pg_catalog.count(*) = 0 THEN 'there are none'
        WHEN NOT pg_catalog.bool_and(c.relispopulated)
            THEN pg_catalog.string_agg(c.relname, ', ') FILTER (WHERE NOT c.relispopulated) || ' was never filled'
        WHEN pg_catalog.count(*) > pg_catalog.count(h.refreshed_at)
            THEN pg_catalog.string_agg(c.relname, ', ') FILTER (WHERE h.refreshed_at IS NULL)
                || ' was never refreshed'
        ELSE pg_catalog.format('%s views', pg_catalog.count(*))
    END
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN ops.materialized_view_refreshes AS h
    ON h.schema_name = n.nspname AND h.view_name = c.relname
WHERE c.relkind = 'm'
    AND pg_catalog.pg_get_userbyid(c.relowner) = 'footing_owner'
