-- Why a view could not be refreshed. Parameter: its qualified name.
SELECT v.error
FROM ops.materialized_views AS v
WHERE pg_catalog.format('%%I.%%I', v.schema_name, v.view_name) = %s
