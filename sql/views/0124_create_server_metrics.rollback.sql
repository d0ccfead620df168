-- Reverses 0124_create_server_metrics.
--
-- Loses:    nothing

DROP VIEW ops.metric_statements;
DROP VIEW ops.metric_checkpoints;
DROP VIEW ops.metric_archiver;
DROP VIEW ops.metric_slots;
DROP VIEW ops.metric_replication;
DROP VIEW ops.metric_sessions;
DROP VIEW ops.metric_databases;
DROP VIEW ops.metric_server;
DROP FUNCTION ops.statement_totals();
