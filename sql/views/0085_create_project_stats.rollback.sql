-- Reverses 0085_create_project_stats.
--
-- Loses:    nothing

DROP VIEW apex.project_stats;

DROP MATERIALIZED VIEW apex.project_stats_data;
