-- 0011_secure_user_project_access
--
-- What:     row security and grants of core.user_project_access and core.project_members.
-- Why:      with 001 §9.1 anybody may insert themselves into any project (defect 66).
-- Locks:    core.user_project_access ACCESS EXCLUSIVE, core.project_members ACCESS EXCLUSIVE
-- Data:     none
-- Rollback: loses nothing; without policies and grants no application role reads either table.

ALTER TABLE core.user_project_access ENABLE ROW LEVEL SECURITY;

-- In this order: one's own rows answer every tenant policy, and OR stops at the first that holds.
CREATE POLICY user_project_access_members_select ON core.user_project_access
FOR SELECT TO authenticated_users, readonly_users
USING (
    user_id = (SELECT core.active_user_id())
    OR project_id IN (SELECT m.project_id FROM core.managed_project_ids() AS m (project_id))
    OR (SELECT core.is_admin())
);

CREATE POLICY user_project_access_managers_insert ON core.user_project_access
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (SELECT m.project_id FROM core.managed_project_ids() AS m (project_id))
    OR (SELECT core.is_admin())
);

CREATE POLICY user_project_access_managers_update ON core.user_project_access
FOR UPDATE TO authenticated_users
USING (
    project_id IN (SELECT m.project_id FROM core.managed_project_ids() AS m (project_id))
    OR (SELECT core.is_admin())
);

-- Anybody may leave.
CREATE POLICY user_project_access_members_delete ON core.user_project_access
FOR DELETE TO authenticated_users
USING (
    user_id = (SELECT core.active_user_id())
    OR project_id IN (SELECT m.project_id FROM core.managed_project_ids() AS m (project_id))
    OR (SELECT core.is_admin())
);

GRANT SELECT, DELETE ON core.user_project_access TO authenticated_users;
GRANT INSERT (user_id, project_id, access_level) ON core.user_project_access TO authenticated_users;
GRANT UPDATE (access_level) ON core.user_project_access TO authenticated_users;
GRANT SELECT ON core.user_project_access TO readonly_users;
GRANT SELECT, INSERT ON core.user_project_access TO bulk_loader;
-- No UPDATE of user_id or project_id: access is granted or ended, not moved.

ALTER TABLE core.project_members ENABLE ROW LEVEL SECURITY;

CREATE POLICY project_members_members_select ON core.project_members
FOR SELECT TO authenticated_users, readonly_users
USING (
    project_id IN (SELECT a.project_id FROM core.session_access AS a)
);

GRANT SELECT ON core.project_members TO authenticated_users, readonly_users;
-- No INSERT, UPDATE or DELETE: the trigger of core.user_project_access writes it.
