-- Is an index valid and ready? No row where there is none. Parameter: its qualified name.
SELECT i.indisvalid AND i.indisready
FROM pg_catalog.pg_index AS i
WHERE i.indexrelid = pg_catalog.to_regclass(%s)
