-- Reverses 0128_create_retention_policies.
--
-- Loses:    table ops.retention_policies, reference rows of ops.column_classes

DELETE FROM ops.column_classes
WHERE schema_name = 'ops'
    AND table_name = 'retention_policies';

DROP TABLE ops.retention_policies;
