-- Reverses 0119_classify_apex.
--
-- Loses:    reference rows of ops.column_classes, reference rows of ops.erasure_policies

DELETE FROM ops.erasure_policies AS e WHERE e.schema_name = 'apex';
DELETE FROM ops.column_classes AS c WHERE c.schema_name = 'apex';
