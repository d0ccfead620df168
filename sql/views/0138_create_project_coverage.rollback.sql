-- Reverses 0138_create_project_coverage.
--
-- Loses:    nothing

DROP VIEW atmosfera.project_coverage;
DROP MATERIALIZED VIEW atmosfera.project_coverage_data;
