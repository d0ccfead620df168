-- Reverses 0050_create_metrics.
--
-- Loses:    table atmosfera.metrics, reference rows of ops.partitioned_logs

DELETE FROM ops.partitioned_logs
WHERE schema_name = 'atmosfera'
    AND table_name = 'metrics';

DROP TABLE atmosfera.metrics;
