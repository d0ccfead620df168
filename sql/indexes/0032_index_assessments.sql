-- 0032_index_assessments
--
-- What:     the latest assessments, and the two other foreign keys.
-- Why:      001 §9.2 and §8.2: the date belongs into the composite. §3.3's separate ones on
--           project and date repeat it, or answer no query (defects 49, 58, 59).
-- Locks:    atmosfera.assessments SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_assessments_project_id_dimension_id_assessment_date
ON atmosfera.assessments (project_id, dimension_id, assessment_date DESC, id DESC);
COMMENT ON INDEX atmosfera.idx_assessments_project_id_dimension_id_assessment_date IS
    'maturity_progress: the assessments of a project by dimension, latest first; and the '
    'foreign key to core.projects.';

CREATE INDEX idx_assessments_dimension_id ON atmosfera.assessments (dimension_id);
COMMENT ON INDEX atmosfera.idx_assessments_dimension_id IS
    'The foreign key to maturity_dimensions: may this dimension be deleted?';

CREATE INDEX idx_assessments_user_id ON atmosfera.assessments (user_id);
COMMENT ON INDEX atmosfera.idx_assessments_user_id IS
    'What a person assessed; and the foreign key to core.users.';
