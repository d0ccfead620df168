-- 0028_create_search_test_cases
--
-- What:     webtest.search_test_cases(), full-text search over the projects one may see.
-- Why:      000 §2.7 and §3.1. Under row security @@ can't use its index (defect 68), plain words
--           are a syntax error (defect 46), and every match is ranked (defect 54).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights, and the tenant filter inside: the index answers @@, and the filter is no weaker
-- than the table's policy. The plan is made for the words asked for: rare ones come from the GIN
-- index, common ones from the newest rows. IS TRUE keeps many projects from being looked up in an
-- index besides, which would read most of it; a few are. Snippets are made for the page alone.
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
ROWS 20
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted       constant tsquery := websearch_to_tsquery('pg_catalog.english', p_query);
    visible      constant bigint[] := ARRAY(
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE p_project_id IS NULL OR a.project_id = p_project_id
    );
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
        SELECT m.id, ts_rank(m.tsv, wanted) AS rank
        FROM (
            SELECT s.id, s.tsv
            FROM webtest.test_cases AS s
            WHERE s.tsv @@ wanted
                AND (s.project_id = ANY (visible)) IS TRUE
                AND (cardinality(visible) > 10 OR s.project_id = ANY (visible))
                AND (p_status IS NULL OR s.status = p_status)
            ORDER BY s.id DESC
            LIMIT 1000
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
    'projects the session''s person may see. Ranks the newest 1,000 matches and no others; at most '
    '100 a page; equal ranks come newest first, so pages don''t overlap. p_project_id NULL: all '
    'projects; p_status NULL: any. The snippet is text as stored, with [ ] round the words found: '
    'escape it before it becomes HTML.';

REVOKE ALL ON FUNCTION webtest.search_test_cases(text, bigint, text, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webtest.search_test_cases(text, bigint, text, integer, integer) TO
    authenticated_users,
    readonly_users;
