-- Reverses 0104_create_transfer_account.
--
-- Loses:    nothing

DROP FUNCTION apex.transfer_account(bigint, bigint);
