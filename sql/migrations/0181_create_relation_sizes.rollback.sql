-- Reverses 0181_create_relation_sizes.
--
-- Loses:    table ops.relation_sizes

DROP FUNCTION ops.record_sizes();
DROP TABLE ops.relation_sizes;
