-- Reverses 0069_create_predictions.
--
-- Loses:    table webtest.predictions, reference rows of ops.partitioned_logs

DELETE FROM ops.partitioned_logs
WHERE schema_name = 'webtest'
    AND table_name = 'predictions';

DROP TABLE webtest.predictions;
DROP FUNCTION webtest.tg_predictions__set_ground_truth_once();
DROP FUNCTION webtest.tg_predictions__fill_from_model();
