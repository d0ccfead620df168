-- Reverses 0074_secure_accounts.
--
-- Loses:    nothing

DROP TRIGGER tg_accounts__grant_owner_access ON apex.accounts;
DROP FUNCTION apex.tg_accounts__grant_owner_access();

REVOKE SELECT, INSERT ON apex.accounts FROM bulk_loader;
REVOKE SELECT ON apex.accounts FROM readonly_users;
REVOKE
    INSERT (name, owner_id),
    UPDATE (name)
ON apex.accounts FROM authenticated_users;
REVOKE SELECT, DELETE ON apex.accounts FROM authenticated_users;

DROP POLICY accounts_managers_delete ON apex.accounts;
DROP POLICY accounts_managers_update ON apex.accounts;
DROP POLICY accounts_owners_insert ON apex.accounts;
DROP POLICY accounts_members_select ON apex.accounts;

ALTER TABLE apex.accounts DISABLE ROW LEVEL SECURITY;
