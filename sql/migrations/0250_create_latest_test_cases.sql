-- 0250_create_latest_test_cases
--
-- What:     webtest.latest_test_cases(), the latest active cases of all projects one may see.
-- Why:      000 §2.6's list walks back through everybody's cases until it has met enough of one's
--           own: 11,000 buffers of 200,000 cases for somebody of a few small projects.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- The reader's own rights: the table's policy applies. Of a few projects each gives its latest, from
-- the index alone, and the rows are fetched for the page; of many, the walk meets one's own soon.
-- The limits inside are constants, so that the plan is kept: one for any limit reckons with a tenth
-- of the table, and the statement would be planned anew each time.
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
AS $$
#variable_conflict use_column
DECLARE
    page     constant integer := least(greatest(p_limit, 0), 100);
    projects constant bigint[] := ARRAY(SELECT a.project_id FROM core.session_access AS a LIMIT 51);
BEGIN
    IF pg_catalog.cardinality(projects) > 50 THEN
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
            FROM pg_catalog.unnest(projects) AS p (id)
            CROSS JOIN LATERAL (
                SELECT t.id, t.created_at
                FROM webtest.test_cases AS t
                WHERE t.project_id = p.id
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
