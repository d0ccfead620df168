-- 0012_secure_projects
--
-- What:     row security and grants of core.projects; whoever makes a project manages it.
-- Why:      001 §9.1's one policy lets nobody create a project (defect 66). INSERT … RETURNING
--           needs the new row to be visible before anybody has access: its owner sees it.
-- Locks:    core.projects ACCESS EXCLUSIVE
-- Data:     none
-- Rollback: loses nothing; without policies and grants no application role reads the table.

ALTER TABLE core.projects ENABLE ROW LEVEL SECURITY;

CREATE POLICY projects_members_select ON core.projects
FOR SELECT TO authenticated_users, readonly_users
USING (
    id IN (SELECT a.project_id FROM core.session_access AS a)
    OR owner_id = (SELECT core.active_user_id())
    OR (SELECT core.is_admin())
);

-- For oneself; an administrator also for somebody else.
CREATE POLICY projects_owners_insert ON core.projects
FOR INSERT TO authenticated_users
WITH CHECK (
    owner_id = (SELECT core.active_user_id())
    OR (SELECT core.is_admin())
);

CREATE POLICY projects_managers_update ON core.projects
FOR UPDATE TO authenticated_users
USING (
    id IN (SELECT m.project_id FROM core.managed_project_ids() AS m (project_id))
    OR (SELECT core.is_admin())
);

-- Two steps, by design: a manager sets status = 'deleted'; an administrator then deletes the row,
-- and with it every row of every product that belongs to the project.
CREATE POLICY projects_admins_delete ON core.projects
FOR DELETE TO authenticated_users
USING (
    status = 'deleted'
    AND (SELECT core.is_admin())
);

GRANT SELECT, DELETE ON core.projects TO authenticated_users;
GRANT
    INSERT (
        name, description, owner_id, status, project_type, industry_area, regulations,
        additional_context, quality_focus, test_strategy
    ),
    UPDATE (
        name, description, status, project_type, industry_area, regulations,
        additional_context, quality_focus, test_strategy
    )
ON core.projects TO authenticated_users;
GRANT SELECT ON core.projects TO readonly_users;
GRANT SELECT, INSERT ON core.projects TO bulk_loader;
-- No UPDATE of owner_id: core.transfer_project() checks who may give a project away, and to whom.

-- Definer rights: the first row of access can't pass the policy that asks for one.
CREATE FUNCTION core.tg_projects__grant_owner_access() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO core.user_project_access (user_id, project_id, access_level)
    VALUES (NEW.owner_id, NEW.id, 'manager')
    ON CONFLICT (user_id, project_id) DO UPDATE
    SET access_level = 'manager';

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION core.tg_projects__grant_owner_access() IS
    'Makes the owner of a project, new or by transfer, its manager.';

REVOKE ALL ON FUNCTION core.tg_projects__grant_owner_access() FROM PUBLIC;

CREATE TRIGGER tg_projects__grant_owner_access
AFTER INSERT OR UPDATE OF owner_id ON core.projects
FOR EACH ROW
EXECUTE FUNCTION core.tg_projects__grant_owner_access();
