-- 0049_index_recommendations
--
-- What:     a project's recommendations by status, and the dimension's foreign key.
-- Why:      001 §6.1 and §9.2: idx_recommendations_active leads with the key and can neither
--           filter by tenant nor sort (defect 50).
-- Locks:    atmosfera.recommendations SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_recommendations_project_id_status_created_at
ON atmosfera.recommendations (project_id, status, created_at DESC);
COMMENT ON INDEX atmosfera.idx_recommendations_project_id_status_created_at IS
    'The active recommendations of a project, latest first (001 §9.2); and the foreign key to '
    'core.projects.';

CREATE INDEX idx_recommendations_dimension_id ON atmosfera.recommendations (dimension_id);
COMMENT ON INDEX atmosfera.idx_recommendations_dimension_id IS
    'The foreign key to maturity_dimensions: may this dimension be deleted?';
