-- 0051_index_metrics
--
-- What:     a project's measurements of one name, and the dimension's foreign key.
-- Why:      001 §6.2's four single columns give no series in order; category answers no query
--           (defects 58, 59). The primary key, led by recorded_at, answers the time.
-- Locks:    atmosfera.metrics SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_metrics_project_id_name_recorded_at
ON atmosfera.metrics (project_id, name, recorded_at DESC);
COMMENT ON INDEX atmosfera.idx_metrics_project_id_name_recorded_at IS
    'A project''s series of one metric, latest first; and the foreign key to core.projects.';

CREATE INDEX idx_metrics_dimension_id ON atmosfera.metrics (dimension_id);
COMMENT ON INDEX atmosfera.idx_metrics_dimension_id IS
    'The foreign key to maturity_dimensions: may this dimension be deleted?';
