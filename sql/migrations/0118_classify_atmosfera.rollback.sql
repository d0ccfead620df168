-- Reverses 0118_classify_atmosfera.
--
-- Loses:    reference rows of ops.column_classes, reference rows of ops.erasure_policies

DELETE FROM ops.erasure_policies AS e WHERE e.schema_name = 'atmosfera';
DELETE FROM ops.column_classes AS c WHERE c.schema_name = 'atmosfera';
