-- Reverses 0022_create_erase_user.
--
-- Loses:    table ops.erasure_policies

DROP FUNCTION core.erase_user(bigint);
DROP TABLE ops.erasure_policies;
