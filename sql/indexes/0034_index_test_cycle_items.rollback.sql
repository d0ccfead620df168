-- Reverses 0034_index_test_cycle_items.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_test_cycle_items_assigned_user_id;
DROP INDEX atmosfera.idx_test_cycle_items_project_id_suite_id;
DROP INDEX atmosfera.idx_test_cycle_items_project_id_test_case_id;
