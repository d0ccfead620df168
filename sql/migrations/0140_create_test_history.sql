-- 0140_create_test_history
--
-- What:     webtest.test_history(), the rows of 000 §3.1's history of a test.
-- Why:      the policy reads all of the person's projects before the first row; a test is of one.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights, and the policy's condition inside, asked of the one project the rows are of.
CREATE FUNCTION webtest.test_history(
    p_test_id bigint,
    p_limit integer DEFAULT 50
) RETURNS TABLE (
    execution_id varchar,
    result varchar,
    execution_time double precision,
    started_at timestamptz,
    completed_at timestamptz,
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
    IF EXISTS (
        SELECT
        FROM webtest.test_cases AS c
        INNER JOIN core.session_access AS a ON a.project_id = c.project_id
        WHERE c.id = p_test_id
    ) THEN
        RETURN QUERY
        SELECT newest.*
        FROM (
            SELECT
                e.execution_id,
                e.result,
                e.execution_time,
                e.started_at,
                e.completed_at,
                e.created_at
            FROM webtest.test_executions AS e
            WHERE e.test_id = p_test_id
            ORDER BY e.created_at DESC
            LIMIT 100
        ) AS newest
        LIMIT page;
    END IF;
END
$$;

COMMENT ON FUNCTION webtest.test_history(bigint, integer) IS
    'How a test (its id, the number) came out, latest first, at most 100 times: the rows of 000 '
    '§3.1''s history. No row where the session''s person has no access to its project.';

REVOKE ALL ON FUNCTION webtest.test_history(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webtest.test_history(bigint, integer) TO
    authenticated_users,
    readonly_users;
