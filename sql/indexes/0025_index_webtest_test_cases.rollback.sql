-- Reverses 0025_index_webtest_test_cases.
--
-- Loses:    nothing

DROP INDEX webtest.idx_test_cases_tsv;
DROP INDEX webtest.idx_test_cases_created_by;
DROP INDEX webtest.idx_test_cases_created_at;
DROP INDEX webtest.idx_test_cases_project_id_status_created_at;
