-- Reverses 0017_create_audit_logs.
--
-- Loses:    table core.audit_logs, reference rows of ops.partitioned_logs

DELETE FROM ops.partitioned_logs
WHERE schema_name = 'core'
    AND table_name = 'audit_logs';

DROP TABLE core.audit_logs;
