-- 0028_create_search_test_cases
--
-- What:     webtest.search_test_cases(), full-text search over the projects one may see.
-- Why:      000 §2.7 and §3.1. Under row security @@ can't use its index (defect 68), plain words
--           are a syntax error (defect 46), and every match is ranked (defect 54).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights, and the tenant filter inside: under a policy @@ can't be an index condition, and
-- the filter is no weaker than the policy. The index is asked for words and block of ids together,
-- block after block from the newest on, until there is enough to rank (core.search_steps, from
-- 0003); so one plan is right for every word, at every size. IS TRUE keeps the projects a filter:
-- joined, they would be where the plan begins. Snippets are made for the page alone.
CREATE FUNCTION webtest.search_test_cases(
    p_query text,
    p_project_id bigint DEFAULT NULL,
    p_status text DEFAULT 'active',
    p_limit integer DEFAULT 20,
    p_offset integer DEFAULT 0
) RETURNS TABLE (
    id bigint,
    test_id varchar,
    project_id bigint,
    title varchar,
    rank real,
    snippet text
)
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 20
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted       constant tsquery := websearch_to_tsquery('pg_catalog.english', p_query);
    visible      constant bigint[] := ARRAY(
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE p_project_id IS NULL OR a.project_id = p_project_id
    );
    newest       constant bigint := (SELECT max(c.id) FROM webtest.test_cases AS c);
BEGIN
    RETURN QUERY
    SELECT
        c.id,
        c.test_id,
        c.project_id,
        c.title,
        page.rank,
        ts_headline(
            'pg_catalog.english',
            c.description,
            wanted,
            'StartSel=[, StopSel=], MaxWords=20, MinWords=5'
        )
    FROM (
        SELECT m.id, m.rank
        FROM (
            SELECT hit.id, hit.rank
            FROM core.search_steps(newest, visible) AS step (keys)
            CROSS JOIN LATERAL (
                SELECT s.id, ts_rank(s.tsv, wanted) AS rank
                FROM webtest.test_cases AS s
                WHERE s.tsv @@ wanted
                    AND core.search_keys(s.project_id, s.id) && step.keys
                    AND (s.project_id IN (SELECT v.id FROM unnest(visible) AS v (id))) IS TRUE
                    AND (p_status IS NULL OR s.status = p_status)
                ORDER BY s.id DESC
            ) AS hit
            LIMIT 500
        ) AS m
        ORDER BY rank DESC, m.id DESC
        LIMIT least(greatest(p_limit, 0), 100)
        OFFSET greatest(p_offset, 0)
    ) AS page
    INNER JOIN webtest.test_cases AS c ON c.id = page.id
    ORDER BY page.rank DESC, page.id DESC;
END
$$;

COMMENT ON FUNCTION webtest.search_test_cases(text, bigint, text, integer, integer) IS
    'Test cases for what a person typed (words, "a phrase", or, -without), best first, in the '
    'projects the session''s person may see. Ranks the newest 500 matches and no others; at most '
    '100 a page; equal ranks come newest first, so pages don''t overlap. p_project_id NULL: all '
    'projects; p_status NULL: any. The snippet is text as stored, with [ ] round the words found: '
    'escape it before it becomes HTML.';

REVOKE ALL ON FUNCTION webtest.search_test_cases(text, bigint, text, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webtest.search_test_cases(text, bigint, text, integer, integer) TO
    authenticated_users,
    readonly_users;
