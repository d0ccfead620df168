-- 0068_index_ml_models
--
-- What:     a project's models, and the foreign key to who registered them.
-- Why:      000 §2.2, §2.6 and §2.8. Its index of active models leads with the primary key (defect
--           50), created_by has none (defect 59), model_id has two (defect 48), and the GIN index
--           on metrics answers no query (defect 57).
-- Locks:    webtest.ml_models SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_ml_models_project_id_status_created_at
ON webtest.ml_models (project_id, status, created_at DESC);
COMMENT ON INDEX webtest.idx_ml_models_project_id_status_created_at IS
    'A project''s active models, latest first; and the foreign key to core.projects.';

CREATE INDEX idx_ml_models_created_by ON webtest.ml_models (created_by);
COMMENT ON INDEX webtest.idx_ml_models_created_by IS
    'What a person registered; the foreign key to core.users.';
