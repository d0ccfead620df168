-- Reverses 0039_index_test_cycle_items.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_test_cycle_items_assigned_user_id;
DROP INDEX atmosfera.idx_test_cycle_items_suite_id_project_id;
DROP INDEX atmosfera.idx_test_cycle_items_test_case_id_project_id;
