-- Reverses 0071_create_mv_project_stats.
--
-- Loses:    nothing

DROP VIEW webtest.mv_project_stats;
DROP MATERIALIZED VIEW webtest.mv_project_stats_data;
