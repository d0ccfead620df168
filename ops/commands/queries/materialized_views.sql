-- The materialized views, each after the ones it reads.
SELECT pg_catalog.format('%I.%I', v.schema_name, v.view_name)
FROM ops.materialized_views AS v
ORDER BY v.step, v.schema_name, v.view_name
