-- 0075_index_accounts
--
-- What:     accounts by their owner, members by their account.
-- Why:      the foreign keys that no primary key serves.
-- Locks:    apex.accounts SHARE, apex.account_members SHARE
-- Data:     none; the tables are new in this release
-- Rollback: loses nothing

CREATE INDEX idx_accounts_owner_id ON apex.accounts (owner_id);
COMMENT ON INDEX apex.idx_accounts_owner_id IS
    'The accounts a person owns: apex.managed_account_ids(), and the foreign key to core.users.';

CREATE INDEX idx_account_members_account_id ON apex.account_members (account_id);
COMMENT ON INDEX apex.idx_account_members_account_id IS
    'The people of an account, for whoever manages it; and the foreign key to apex.accounts.';
