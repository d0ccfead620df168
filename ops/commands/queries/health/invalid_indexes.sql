-- How many indexes are invalid, those apart that are being built at this moment.
SELECT
    pg_catalog.count(*),
    coalesce(pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ', '), 'none')
FROM pg_catalog.pg_index AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT (i.indisvalid AND i.indisready)
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_stat_progress_create_index AS p
        WHERE p.index_relid = i.indexrelid
            OR p.relid = i.indrelid
    )
