-- Reverses 0140_create_test_history.
--
-- Loses:    nothing

DROP FUNCTION webtest.test_history(bigint, integer);
