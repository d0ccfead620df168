-- Reverses 0068_index_ml_models.
--
-- Loses:    nothing

DROP INDEX webtest.idx_ml_models_created_by;
DROP INDEX webtest.idx_ml_models_project_id_status_created_at;
