-- Reverses 0051_index_metrics.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_metrics_dimension_id;
DROP INDEX atmosfera.idx_metrics_project_id_name_recorded_at;
