-- 0133_create_latest_test_cases
--
-- What:     webtest.latest_test_cases(), the latest active cases of all projects one may see.
-- Why:      000 §2.6's list walks back through everybody's cases until it has met enough of one's
--           own: 11,000 buffers of 200,000 cases for somebody of a few small projects.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights, and the tenant filter inside, no weaker than the policy. Of a few projects each
-- gives its latest, from the index alone, and the rows are fetched for the page; of many, the walk
-- meets one's own soon. One plan serves everybody: planning took a third of the time.
CREATE FUNCTION webtest.latest_test_cases(p_limit integer DEFAULT 50) RETURNS TABLE (
    id bigint,
    test_id varchar,
    project_id bigint,
    title varchar,
    created_at timestamptz
)
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 50
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    page constant integer := least(greatest(p_limit, 0), 100);
BEGIN
    IF EXISTS (SELECT FROM core.session_access AS a OFFSET 50) THEN
        RETURN QUERY
        SELECT
            c.id,
            c.test_id,
            c.project_id,
            c.title,
            c.created_at
        FROM (
            SELECT t.*
            FROM webtest.test_cases AS t
            WHERE t.status = 'active'
                AND (t.project_id IN (SELECT a.project_id FROM core.session_access AS a)) IS TRUE
            ORDER BY t.created_at DESC
            LIMIT 100
        ) AS c
        LIMIT page;
    ELSE
        RETURN QUERY
        SELECT
            c.id,
            c.test_id,
            c.project_id,
            c.title,
            c.created_at
        FROM (
            SELECT latest.id
            FROM core.session_access AS a
            CROSS JOIN LATERAL (
                SELECT t.id, t.created_at
                FROM webtest.test_cases AS t
                WHERE t.project_id = a.project_id
                    AND t.status = 'active'
                ORDER BY t.created_at DESC
                LIMIT 100
            ) AS latest
            ORDER BY latest.created_at DESC
            LIMIT page
        ) AS newest
        INNER JOIN webtest.test_cases AS c ON c.id = newest.id
        ORDER BY c.created_at DESC;
    END IF;
END
$$;

COMMENT ON FUNCTION webtest.latest_test_cases(integer) IS
    'The latest active test cases of all projects the session''s person may see, latest first, at '
    'most 100: what SELECT … WHERE status = ''active'' ORDER BY created_at DESC LIMIT 50 finds, '
    'without walking past everybody else''s.';

REVOKE ALL ON FUNCTION webtest.latest_test_cases(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webtest.latest_test_cases(integer) TO
    authenticated_users,
    readonly_users;
