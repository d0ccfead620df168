-- Reverses 0022_create_erase_user.
--
-- Loses:    nothing

DROP FUNCTION core.erase_user(bigint);
