-- Reverses 0130_create_maintenance_runs.
--
-- Loses:    table ops.maintenance_runs, reference rows of ops.retention_policies,
--           reference rows of ops.column_classes

DELETE FROM ops.column_classes
WHERE schema_name = 'ops'
    AND table_name = 'maintenance_runs';

DELETE FROM ops.retention_policies
WHERE schema_name = 'ops'
    AND table_name = 'maintenance_runs';

DROP TABLE ops.maintenance_runs;
