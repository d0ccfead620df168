-- 0028_create_search_test_cases
--
-- What:     webtest.search_test_cases(), full-text search over the projects one may see.
-- Why:      000 §2.7 and §3.1. Under row security @@ can't use its index (defect 68), plain words
--           are a syntax error (defect 46), and every match is ranked (defect 54).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights, and the tenant filter inside: the index answers @@, and the filter is no weaker
-- than the table's policy.
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
LANGUAGE sql
STABLE
ROWS 20
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH candidates AS MATERIALIZED (
        SELECT c.id, c.tsv
        FROM webtest.test_cases AS c
        WHERE c.tsv @@ websearch_to_tsquery('english', p_query)
            AND c.project_id = ANY (
                ARRAY(
                    SELECT a.project_id
                    FROM core.user_project_access AS a
                    WHERE a.user_id = (SELECT core.active_user_id())
                )
            )
            AND (p_project_id IS NULL OR c.project_id = p_project_id)
            AND (p_status IS NULL OR c.status = p_status)
        ORDER BY c.id DESC
        LIMIT 1000
    ),
    page AS MATERIALIZED (
        SELECT c.id, ts_rank(c.tsv, websearch_to_tsquery('english', p_query)) AS rank
        FROM candidates AS c
        ORDER BY rank DESC, c.id DESC
        LIMIT least(greatest(p_limit, 0), 100)
        OFFSET greatest(p_offset, 0)
    )
    SELECT
        c.id,
        c.test_id,
        c.project_id,
        c.title,
        p.rank,
        ts_headline(
            'english',
            c.description,
            websearch_to_tsquery('english', p_query),
            'StartSel=[, StopSel=], MaxWords=20, MinWords=5'
        )
    FROM page AS p
    INNER JOIN webtest.test_cases AS c ON c.id = p.id
    ORDER BY p.rank DESC, p.id DESC
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
