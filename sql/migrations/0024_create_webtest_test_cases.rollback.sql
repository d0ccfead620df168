-- Reverses 0024_create_webtest_test_cases.
--
-- Loses:    table webtest.test_cases

DROP TABLE webtest.test_cases;
DROP FUNCTION webtest.tg_test_cases__set_tsv();
DROP FUNCTION webtest.tg_test_cases__default_test_id();

DROP FUNCTION webtest.default_project_id();
