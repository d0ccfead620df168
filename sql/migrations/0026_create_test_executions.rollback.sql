-- Reverses 0026_create_test_executions.
--
-- Loses:    table webtest.test_executions

DROP TABLE webtest.test_executions;
DROP FUNCTION webtest.tg_test_executions__fill_project();
