-- Reverses 0123_create_relation_sizes.
--
-- Loses:    table ops.relation_sizes, reference rows of ops.column_classes

DROP FUNCTION ops.record_sizes();
DELETE FROM ops.column_classes AS c WHERE c.table_name = 'relation_sizes' AND c.schema_name = 'ops';
DROP TABLE ops.relation_sizes;
