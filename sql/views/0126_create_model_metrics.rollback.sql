-- Reverses 0126_create_model_metrics.
--
-- Loses:    nothing

DROP VIEW ops.metric_models;
DROP MATERIALIZED VIEW ops.model_days;
