-- Reverses 0066_create_message_queue.
--
-- Loses:    nothing

DROP FUNCTION webtest.fail_message(bigint, integer, text, interval);
DROP FUNCTION webtest.complete_message(bigint, integer);
DROP FUNCTION webtest.claim_messages(text, integer, interval);
