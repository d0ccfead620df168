-- Reverses 0011_secure_user_project_access.
--
-- Loses:    nothing

REVOKE SELECT ON core.project_members FROM authenticated_users, readonly_users;

DROP POLICY project_members_members_select ON core.project_members;

ALTER TABLE core.project_members DISABLE ROW LEVEL SECURITY;

REVOKE SELECT, INSERT ON core.user_project_access FROM bulk_loader;
REVOKE SELECT ON core.user_project_access FROM readonly_users;
REVOKE UPDATE (access_level) ON core.user_project_access FROM authenticated_users;
REVOKE INSERT (user_id, project_id, access_level) ON core.user_project_access
FROM authenticated_users;
REVOKE SELECT, DELETE ON core.user_project_access FROM authenticated_users;

DROP POLICY user_project_access_members_delete ON core.user_project_access;
DROP POLICY user_project_access_managers_update ON core.user_project_access;
DROP POLICY user_project_access_managers_insert ON core.user_project_access;
DROP POLICY user_project_access_members_select ON core.user_project_access;

ALTER TABLE core.user_project_access DISABLE ROW LEVEL SECURITY;
