-- 0073_create_account_members
--
-- What:     apex.account_members, who may do what in which account; apex.managed_account_ids(), the
--           accounts the session's person manages; and apex.session_access, what they may do where.
-- Why:      002 asks for multi-tenant queries and says nowhere who belongs to a tenant.
-- Locks:    core.users SHARE ROW EXCLUSIVE, apex.accounts SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses who may see which account.

CREATE TABLE apex.account_members (
    user_id bigint NOT NULL,
    account_id bigint NOT NULL,
    access_level varchar(20) NOT NULL DEFAULT 'viewer',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_members_pkey PRIMARY KEY (user_id, account_id) INCLUDE (access_level),
    CONSTRAINT account_members_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE CASCADE,
    CONSTRAINT account_members_account_id_fkey FOREIGN KEY (account_id)
        REFERENCES apex.accounts (account_id) ON DELETE CASCADE,
    CONSTRAINT account_members_access_level_check CHECK (
        access_level IN ('viewer', 'editor', 'manager')
    )
);

COMMENT ON TABLE apex.account_members IS
    'Who may do what in which account, now. Every policy of APEX reads it, as apex.session_access. '
    'Its primary key covers access_level, so that a policy reads the index alone.';
COMMENT ON COLUMN apex.account_members.user_id IS
    'The person.';
COMMENT ON COLUMN apex.account_members.account_id IS
    'The account.';
COMMENT ON COLUMN apex.account_members.access_level IS
    'The words of core.user_project_access: viewer reads, editor also estimates, manager also '
    'administers the account and deletes.';
COMMENT ON COLUMN apex.account_members.created_at IS
    'When access was granted; by whom is in core.audit_logs.';
COMMENT ON COLUMN apex.account_members.updated_at IS
    'When the level last changed, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON apex.account_members
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON apex.account_members
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{user_id,account_id}', '{}', '{updated_at}');

-- Definer rights: the policy of account_members asks this, and would recurse if it read the table
-- itself.
CREATE FUNCTION apex.managed_account_ids() RETURNS SETOF bigint
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 10
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.account_id
    FROM apex.account_members AS m
    WHERE m.user_id = (SELECT core.active_user_id())
        AND m.access_level = 'manager'
    UNION
    SELECT a.account_id
    FROM apex.accounts AS a
    WHERE a.owner_id = (SELECT core.active_user_id())
$$;

COMMENT ON FUNCTION apex.managed_account_ids() IS
    'The accounts the session''s person manages: as a member, or by owning them, so that an owner '
    'can''t be shut out. For the policies of apex.account_members and apex.accounts.';

REVOKE ALL ON FUNCTION apex.managed_account_ids() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION apex.managed_account_ids() TO authenticated_users, readonly_users;

-- As core.session_access, from 0010.
CREATE VIEW apex.session_access WITH (security_barrier = true) AS
SELECT
    m.account_id,
    m.access_level
FROM apex.account_members AS m
WHERE m.user_id = (
    SELECT u.id
    FROM core.users AS u
    WHERE u.id = core.current_user_id()
        AND u.is_active
);

COMMENT ON VIEW apex.session_access IS
    'What the session''s person may do in which account: their rows of apex.account_members, and '
    'none unless they are active. What every policy on an account''s rows asks.';
COMMENT ON COLUMN apex.session_access.account_id IS
    'An account they are a member of.';
COMMENT ON COLUMN apex.session_access.access_level IS
    'viewer, editor or manager.';

GRANT SELECT ON apex.session_access TO authenticated_users, readonly_users;

ALTER TABLE apex.account_members ENABLE ROW LEVEL SECURITY;

-- In this order: one's own rows answer every tenant policy, and OR stops at the first that holds.
CREATE POLICY account_members_members_select ON apex.account_members
FOR SELECT TO authenticated_users, readonly_users
USING (
    user_id = (SELECT core.active_user_id())
    OR account_id IN (SELECT m.account_id FROM apex.managed_account_ids() AS m (account_id))
    OR (SELECT core.is_admin())
);

CREATE POLICY account_members_managers_insert ON apex.account_members
FOR INSERT TO authenticated_users
WITH CHECK (
    account_id IN (SELECT m.account_id FROM apex.managed_account_ids() AS m (account_id))
    OR (SELECT core.is_admin())
);

CREATE POLICY account_members_managers_update ON apex.account_members
FOR UPDATE TO authenticated_users
USING (
    account_id IN (SELECT m.account_id FROM apex.managed_account_ids() AS m (account_id))
    OR (SELECT core.is_admin())
);

-- Anybody may leave.
CREATE POLICY account_members_members_delete ON apex.account_members
FOR DELETE TO authenticated_users
USING (
    user_id = (SELECT core.active_user_id())
    OR account_id IN (SELECT m.account_id FROM apex.managed_account_ids() AS m (account_id))
    OR (SELECT core.is_admin())
);

GRANT SELECT, DELETE ON apex.account_members TO authenticated_users;
GRANT
    INSERT (user_id, account_id, access_level),
    UPDATE (access_level)
ON apex.account_members TO authenticated_users;
GRANT SELECT ON apex.account_members TO readonly_users;
GRANT SELECT, INSERT ON apex.account_members TO bulk_loader;
-- No UPDATE of user_id or account_id: access is granted or ended, not moved.
