-- Reverses 0012_secure_projects.
--
-- Loses:    nothing

DROP TRIGGER tg_projects__grant_owner_access ON core.projects;
DROP FUNCTION core.tg_projects__grant_owner_access();

REVOKE SELECT, INSERT ON core.projects FROM bulk_loader;
REVOKE SELECT ON core.projects FROM readonly_users;
REVOKE
    INSERT (
        name, description, owner_id, status, project_type, industry_area, regulations,
        additional_context, quality_focus, test_strategy
    ),
    UPDATE (
        name, description, status, project_type, industry_area, regulations,
        additional_context, quality_focus, test_strategy
    )
ON core.projects FROM authenticated_users;
REVOKE SELECT, DELETE ON core.projects FROM authenticated_users;

DROP POLICY projects_admins_delete ON core.projects;
DROP POLICY projects_managers_update ON core.projects;
DROP POLICY projects_owners_insert ON core.projects;
DROP POLICY projects_members_select ON core.projects;

ALTER TABLE core.projects DISABLE ROW LEVEL SECURITY;
