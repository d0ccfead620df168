-- A column of class secret that a group of the products may select.
SELECT format('%I.%I.%I: %I', k.schema_name, k.table_name, named.column_name, r.rolname) AS offender
FROM ops.column_classes AS k
CROSS JOIN LATERAL unnest(k.columns) AS named (column_name)
JOIN pg_attribute AS a
    ON a.attrelid = to_regclass(format('%I.%I', k.schema_name, k.table_name))
    AND a.attname = named.column_name
JOIN pg_roles AS r
    ON r.rolname IN ('authenticated_users', 'readonly_users', 'authenticator', 'monitoring')
WHERE k.class = 'secret'
    AND has_column_privilege(r.oid, a.attrelid, a.attnum, 'SELECT')
