-- 0070_index_predictions
--
-- What:     lists of predictions by model, project and time, and those that wait for the truth.
-- Why:      000 §2.3–2.6. Its index by name and version misleads the planner: the two columns go
--           together, and it walks back through time instead (defect 56); its index of rows without
--           ground truth leads with the primary key (defect 50); nothing asks for what features
--           contain (defect 57).
-- Locks:    webtest.predictions SHARE
--           (and each of its partitions)
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

-- Ascending, and read backwards: what comes in the order of time fills its pages that way (0027).

CREATE INDEX idx_predictions_model_id_created_at
ON webtest.predictions (model_id, created_at);
COMMENT ON INDEX webtest.idx_predictions_model_id_created_at IS
    'The predictions of a version of a model, latest first; and the foreign key to '
    'webtest.ml_models. Ask by model_id: name and version follow from it.';

CREATE INDEX idx_predictions_model_id_created_at_no_ground_truth
ON webtest.predictions (model_id, created_at)
WHERE ground_truth IS NULL;
COMMENT ON INDEX webtest.idx_predictions_model_id_created_at_no_ground_truth IS
    'A model''s predictions that nobody has confirmed or refuted, latest first.';

CREATE INDEX idx_predictions_project_id_created_at
ON webtest.predictions (project_id, created_at);
COMMENT ON INDEX webtest.idx_predictions_project_id_created_at IS
    'A project''s predictions, latest first; and the foreign key to core.projects.';

CREATE INDEX idx_predictions_created_at ON webtest.predictions (created_at);
COMMENT ON INDEX webtest.idx_predictions_created_at IS
    'The latest predictions of all projects one may see (000 §2.4).';
