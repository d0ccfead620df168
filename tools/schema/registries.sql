-- The tables of ops whose rows are a part of the schema: those that ops.column_classes calls public.
SELECT format('%I.%I', c.schema_name, c.table_name)
FROM ops.column_classes AS c
WHERE c.schema_name = 'ops'
GROUP BY c.schema_name, c.table_name
HAVING bool_and(c.class = 'public')
ORDER BY 1
