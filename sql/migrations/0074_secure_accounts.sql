-- 0074_secure_accounts
--
-- What:     row security and grants of apex.accounts; whoever makes an account manages it.
-- Why:      002 §2 promises multi-tenant queries and guards nothing. INSERT … RETURNING needs the
--           new row to be visible before anybody is a member: its owner sees it.
-- Locks:    apex.accounts ACCESS EXCLUSIVE
-- Data:     none
-- Rollback: loses nothing; without policies and grants no application role reads the table.

ALTER TABLE apex.accounts ENABLE ROW LEVEL SECURITY;

CREATE POLICY accounts_members_select ON apex.accounts
FOR SELECT TO authenticated_users, readonly_users
USING (
    account_id IN (SELECT m.account_id FROM apex.session_access AS m)
    OR owner_id = (SELECT core.active_user_id())
    OR (SELECT core.is_admin())
);

-- For oneself; an administrator also for somebody else.
CREATE POLICY accounts_owners_insert ON apex.accounts
FOR INSERT TO authenticated_users
WITH CHECK (
    owner_id = (SELECT core.active_user_id())
    OR (SELECT core.is_admin())
);

CREATE POLICY accounts_managers_update ON apex.accounts
FOR UPDATE TO authenticated_users
USING (
    account_id IN (SELECT m.account_id FROM apex.managed_account_ids() AS m (account_id))
    OR (SELECT core.is_admin())
);

-- Only an empty one: its projects' foreign key refuses the rest.
CREATE POLICY accounts_managers_delete ON apex.accounts
FOR DELETE TO authenticated_users
USING (
    account_id IN (SELECT m.account_id FROM apex.managed_account_ids() AS m (account_id))
    OR (SELECT core.is_admin())
);

GRANT SELECT, DELETE ON apex.accounts TO authenticated_users;
GRANT
    INSERT (name, owner_id),
    UPDATE (name)
ON apex.accounts TO authenticated_users;
GRANT SELECT ON apex.accounts TO readonly_users;
GRANT SELECT, INSERT ON apex.accounts TO bulk_loader;
-- No UPDATE of owner_id: apex.transfer_account() checks who may give an account away, and to whom.

-- Definer rights: the first member can't pass the policy that asks for a manager.
CREATE FUNCTION apex.tg_accounts__grant_owner_access() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO apex.account_members (user_id, account_id, access_level)
    VALUES (NEW.owner_id, NEW.account_id, 'manager')
    ON CONFLICT (user_id, account_id) DO UPDATE
    SET access_level = 'manager';

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION apex.tg_accounts__grant_owner_access() IS
    'Makes the owner of an account, new or by transfer, its manager.';

REVOKE ALL ON FUNCTION apex.tg_accounts__grant_owner_access() FROM PUBLIC;

CREATE TRIGGER tg_accounts__grant_owner_access
AFTER INSERT OR UPDATE OF owner_id ON apex.accounts
FOR EACH ROW
EXECUTE FUNCTION apex.tg_accounts__grant_owner_access();
