-- Reverses 0125_create_schema_metrics.
--
-- Loses:    nothing

DROP VIEW ops.metric_schema;
DROP VIEW ops.metric_materialized_views;
DROP VIEW ops.metric_partitions;
DROP VIEW ops.metric_sequences;
DROP VIEW ops.metric_tables;
DROP FUNCTION ops.migration_state();
