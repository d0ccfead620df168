-- A class for a column that is not there: renamed, dropped or misspelt.
SELECT format('%I.%I.%I', k.schema_name, k.table_name, named.column_name) AS offender
FROM ops.column_classes AS k
CROSS JOIN LATERAL unnest(k.columns) AS named (column_name)
WHERE NOT EXISTS (
    SELECT
    FROM pg_attribute AS a
    WHERE a.attrelid = to_regclass(format('%I.%I', k.schema_name, k.table_name))
        AND a.attname = named.column_name
        AND NOT a.attisdropped
)
