-- Reverses 0032_index_assessments.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_assessments_user_id;
DROP INDEX atmosfera.idx_assessments_dimension_id;
DROP INDEX atmosfera.idx_assessments_project_id_dimension_id_assessment_date;
