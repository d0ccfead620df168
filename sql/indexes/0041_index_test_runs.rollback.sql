-- Reverses 0041_index_test_runs.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_test_runs_executed_by;
DROP INDEX atmosfera.idx_test_runs_project_id_executed_at;
DROP INDEX atmosfera.idx_test_runs_cycle_item_id_project_id_executed_at;
