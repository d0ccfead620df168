-- Reverses 0100_create_accounts.
--
-- Loses:    table apex.accounts

DROP TABLE apex.accounts;
