-- Reverses 0072_create_accounts.
--
-- Loses:    table apex.accounts

DROP TABLE apex.accounts;
