-- Reverses 0035_index_test_cases.
--
-- Loses:    nothing

DROP INDEX atmosfera.idx_test_cases_search_vector;
DROP INDEX atmosfera.idx_test_cases_user_id;
DROP INDEX atmosfera.idx_test_cases_suite_id_project_id;
DROP INDEX atmosfera.idx_test_cases_project_id_status;
