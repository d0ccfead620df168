-- Reverses 0037_index_test_cycles.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_test_cycles_user_id;
DROP INDEX atmosfera.idx_test_cycles_project_id_start_date;
