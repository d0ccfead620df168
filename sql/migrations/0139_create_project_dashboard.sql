-- 0139_create_project_dashboard
--
-- What:     webtest.project_dashboard(), the rows of 000 §3.1's dashboard.
-- Why:      the document's join asks three tables' policies, and each reads all of the person's
--           projects anew: of 1,000 projects more time than the hundred rows take.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights, and the three policies inside: access to the one project, asked for once; and
-- whoever ran something is shown to co-members of this project, or of another, and administrators.
CREATE FUNCTION webtest.project_dashboard(
    p_project_id bigint,
    p_since interval DEFAULT '7 days',
    p_limit integer DEFAULT 100
) RETURNS TABLE (
    id bigint,
    execution_id varchar,
    test_title varchar,
    result varchar,
    execution_time double precision,
    started_at timestamptz,
    username varchar,
    created_at timestamptz
)
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 100
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    page constant integer := least(greatest(p_limit, 0), 100);
BEGIN
    IF EXISTS (
        SELECT
        FROM core.session_access AS a
        WHERE a.project_id = p_project_id
    ) THEN
        RETURN QUERY
        SELECT newest.*
        FROM (
            SELECT
                e.id,
                e.execution_id,
                c.title,
                e.result,
                e.execution_time,
                e.started_at,
                u.username,
                e.created_at
            FROM webtest.test_executions AS e
            INNER JOIN webtest.test_cases AS c ON c.id = e.test_id
            INNER JOIN core.users AS u ON u.id = e.user_id
            WHERE e.project_id = p_project_id
                AND e.created_at >= now() - p_since
                AND (
                    EXISTS (
                        SELECT
                        FROM core.project_members AS m
                        WHERE m.project_id = p_project_id
                            AND m.user_id = u.id
                    )
                    OR EXISTS (
                        SELECT
                        FROM core.project_members AS m
                        INNER JOIN core.session_access AS a ON a.project_id = m.project_id
                        WHERE m.user_id = u.id
                    )
                    OR (SELECT core.is_admin())
                )
            ORDER BY e.created_at DESC
            LIMIT 100
        ) AS newest
        LIMIT page;
    END IF;
END
$$;

COMMENT ON FUNCTION webtest.project_dashboard(bigint, interval, integer) IS
    'What ran in a project since so long ago, latest first, at most 100, with the title of the test '
    'and who ran it: the rows of 000 §3.1''s dashboard. What nobody, or somebody the session''s '
    'person does not know, has run is left out there, and here. No row where they have no access.';

REVOKE ALL ON FUNCTION webtest.project_dashboard(bigint, interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webtest.project_dashboard(bigint, interval, integer) TO
    authenticated_users,
    readonly_users;
