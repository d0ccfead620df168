-- Reverses 0133_create_latest_test_cases.
--
-- Loses:    nothing

DROP FUNCTION webtest.latest_test_cases(integer);
