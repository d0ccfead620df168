-- Reverses 0076_create_transfer_account.
--
-- Loses:    nothing

DROP FUNCTION apex.transfer_account(bigint, bigint);
