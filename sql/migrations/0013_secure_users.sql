-- 0013_secure_users
--
-- What:     row security and grants of core.users, column by column.
-- Why:      001 shows every password hash to every user (defect 64). People of one project see each
--           other's names, also of those who left, or 000 §3.1's dashboard would drop their rows.
-- Locks:    core.users ACCESS EXCLUSIVE
-- Data:     none
-- Rollback: loses nothing; without policies and grants no application role reads the table.

ALTER TABLE core.users ENABLE ROW LEVEL SECURITY;

-- core.project_members shows the session only the members of its own projects.
CREATE POLICY users_members_select ON core.users
FOR SELECT TO authenticated_users, readonly_users
USING (
    id = (SELECT core.active_user_id())
    OR EXISTS (
        SELECT
        FROM core.project_members AS m
        WHERE m.user_id = users.id
    )
    OR (SELECT core.is_admin())
);

CREATE POLICY users_authenticator_select ON core.users
FOR SELECT TO authenticator
USING (true);

CREATE POLICY users_admins_insert ON core.users
FOR INSERT TO authenticated_users
WITH CHECK ((SELECT core.is_admin()));

-- Signing up: nobody gives themselves authority over other people.
CREATE POLICY users_authenticator_insert ON core.users
FOR INSERT TO authenticator
WITH CHECK (role IN ('user', 'developer', 'qa_engineer', 'business_user'));

CREATE POLICY users_self_update ON core.users
FOR UPDATE TO authenticated_users
USING (id = (SELECT core.active_user_id()));

CREATE POLICY users_admins_update ON core.users
FOR UPDATE TO authenticated_users
USING (
    erased_at IS NULL
    AND (SELECT core.is_admin())
);

CREATE POLICY users_authenticator_update ON core.users
FOR UPDATE TO authenticator
USING (is_active);

GRANT
    SELECT (id, user_id, username, full_name),
    INSERT (
        username, email, password_hash, full_name, organization, role, preferences, mfa_secret
    ),
    UPDATE (username, email, full_name, organization, preferences)
ON core.users TO authenticated_users;
GRANT SELECT (id, user_id, username, full_name) ON core.users TO readonly_users;
GRANT
    SELECT (id, user_id),
    INSERT (
        username, email, password_hash, full_name, organization, role, preferences, mfa_secret
    ),
    UPDATE (password_hash, mfa_secret, last_login)
ON core.users TO authenticator;
GRANT SELECT (id, user_id, username, email), INSERT ON core.users TO bulk_loader;
-- Columns can't be granted row by row, so authenticated_users read of anybody the four columns
-- they may read of a co-member; the rest of one's own comes from core.user_profile().
-- No SELECT of password_hash or mfa_secret for anybody: core.credentials_for().
-- No UPDATE of role or is_active: core.set_user_role(), core.deactivate_user().
-- No DELETE for anybody: core.erase_user().
