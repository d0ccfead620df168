-- Reverses 0049_index_recommendations.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_recommendations_dimension_id;
DROP INDEX atmosfera.idx_recommendations_project_id_status_created_at;
