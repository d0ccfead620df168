-- Reverses 0070_index_predictions.
--
-- Loses:    nothing

DROP INDEX webtest.idx_predictions_created_at;
DROP INDEX webtest.idx_predictions_project_id_created_at;
DROP INDEX webtest.idx_predictions_model_id_created_at_no_ground_truth;
DROP INDEX webtest.idx_predictions_model_id_created_at;
