-- Reverses 0075_index_accounts.
--
-- Loses:    nothing

DROP INDEX apex.idx_account_members_account_id;
DROP INDEX apex.idx_accounts_owner_id;
