-- Reverses 0083_create_project_events.
--
-- Loses:    table apex.project_events, reference rows of ops.partitioned_logs

DELETE FROM ops.partitioned_logs
WHERE schema_name = 'apex'
    AND table_name = 'project_events';

DROP TABLE apex.project_events;
