-- 0010_create_session_rights
--
-- What:     what the session's person is: active, an administrator, a manager of which projects;
--           and core.session_access, what they may do where.
-- Why:      policies must ask these of tables that policies guard. Asked in the policy itself, the
--           access table's own policy would recurse, and role would have to be readable. Every
--           policy on a project's rows asks the view, so it has to be quick.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- All four functions run with definer rights: each answers about the session's own person and takes no
-- argument. In a policy they stand in a sub-select, so that they run once a statement, not once
-- a row. The two that nearly every statement runs are in plpgsql, which keeps their plan for the
-- session; before 18 a SQL function is planned anew each time, 0.07 ms instead of 0.02.
CREATE FUNCTION core.active_user_id() RETURNS bigint
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT u.id
        FROM core.users AS u
        WHERE u.id = core.current_user_id()
            AND u.is_active
    );
END
$$;

COMMENT ON FUNCTION core.active_user_id() IS
    'core.current_user_id(), if that person exists and is active; else NULL, which matches no row. '
    'For policies on a person''s own rows. Policies on a project''s rows need it not: they read '
    'core.session_access, which asks the same.';

CREATE FUNCTION core.current_user_uuid() RETURNS uuid
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT u.user_id
        FROM core.users AS u
        WHERE u.id = core.current_user_id()
            AND u.is_active
    );
END
$$;

COMMENT ON FUNCTION core.current_user_uuid() IS
    'The session''s person as core.users.user_id, the key BA Copilot refers to; NULL when there is '
    'none or they are not active.';

CREATE FUNCTION core.is_admin() RETURNS boolean
LANGUAGE sql
STABLE
PARALLEL SAFE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
        FROM core.users AS u
        WHERE u.id = core.current_user_id()
            AND u.is_active
            AND u.role = 'admin'
    )
$$;

COMMENT ON FUNCTION core.is_admin() IS
    'Is the session''s person an active administrator? One sees and administers people, projects, '
    'access, settings and the audit trail; a project''s content only by granting oneself access, '
    'which the audit trail keeps.';

CREATE FUNCTION core.managed_project_ids() RETURNS SETOF bigint
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 10
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.project_id
    FROM core.user_project_access AS a
    WHERE a.user_id = (SELECT core.active_user_id())
        AND a.access_level = 'manager'
    UNION
    SELECT p.id
    FROM core.projects AS p
    WHERE p.owner_id = (SELECT core.active_user_id())
$$;

COMMENT ON FUNCTION core.managed_project_ids() IS
    'The projects the session''s person manages: by access, or by owning them, so that an owner '
    'can''t be shut out. For the policies of core.user_project_access and core.projects.';

-- Definer rights too, and a security barrier, so that no condition of the reader's runs before the
-- person is known. A view, since it becomes a part of the statement's own plan: two index scans,
-- 0.015 ms, where the access table under its own policy took 0.030.
CREATE VIEW core.session_access WITH (security_barrier = true) AS
SELECT
    a.project_id,
    a.access_level
FROM core.user_project_access AS a
WHERE a.user_id = (
    SELECT u.id
    FROM core.users AS u
    WHERE u.id = core.current_user_id()
        AND u.is_active
);

COMMENT ON VIEW core.session_access IS
    'What the session''s person may do in which project: their rows of core.user_project_access, '
    'and none unless they are active. What every policy on a project''s rows asks.';
COMMENT ON COLUMN core.session_access.project_id IS
    'A project they have access to.';
COMMENT ON COLUMN core.session_access.access_level IS
    'viewer, editor or manager. Whoever owns a project without a row of access is not here: they '
    'manage who has access (core.managed_project_ids()), and read its rows once they grant it to '
    'themselves.';

REVOKE ALL ON FUNCTION core.active_user_id() FROM PUBLIC;
REVOKE ALL ON FUNCTION core.current_user_uuid() FROM PUBLIC;
REVOKE ALL ON FUNCTION core.is_admin() FROM PUBLIC;
REVOKE ALL ON FUNCTION core.managed_project_ids() FROM PUBLIC;

GRANT EXECUTE ON FUNCTION core.active_user_id() TO authenticated_users, readonly_users;
GRANT EXECUTE ON FUNCTION core.current_user_uuid() TO authenticated_users, readonly_users;
GRANT EXECUTE ON FUNCTION core.is_admin() TO authenticated_users, readonly_users;
GRANT EXECUTE ON FUNCTION core.managed_project_ids() TO authenticated_users, readonly_users;
GRANT SELECT ON core.session_access TO authenticated_users, readonly_users;
