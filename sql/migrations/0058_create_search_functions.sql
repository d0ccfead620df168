-- 0058_create_search_functions
--
-- What:     atmosfera.search_test_cases() and atmosfera.search_documents().
-- Why:      searching over all one's projects under row security reads every visible row (defect
--           68: 15 ms instead of 2); a plain to_tsquery() fails on what people type (defect 46).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights, and the tenant filter inside: under a policy @@ can't be an index condition, and
-- the filter is no weaker than the policy. The index is asked for words and block of ids together,
-- block after block from the newest on, until there is enough to rank (core.search_steps, from
-- 0003); so one plan is right for every word, at every size. IS TRUE keeps the projects a filter:
-- joined, they would be where the plan begins. Snippets are made for the page alone.
CREATE FUNCTION atmosfera.search_test_cases(
    p_query text,
    p_project_id bigint DEFAULT NULL,
    p_limit integer DEFAULT 20,
    p_after_rank double precision DEFAULT NULL,
    p_after_id bigint DEFAULT NULL
) RETURNS TABLE (
    id bigint,
    project_id bigint,
    title varchar,
    status varchar,
    rank double precision,
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
    newest       constant bigint := (SELECT max(c.id) FROM atmosfera.test_cases AS c);
BEGIN
    RETURN QUERY
    SELECT
        d.id,
        d.project_id,
        d.title,
        d.status,
        page.rank,
        ts_headline(
            'pg_catalog.english',
            left(concat_ws(E'\n', d.title, d.description), 150000),
            wanted,
            'StartSel=«, StopSel=», MaxWords=25, MinWords=10'
        )
    FROM (
        SELECT ranked.id, ranked.rank
        FROM (
            SELECT hit.id, hit.rank
            FROM core.search_steps(newest, visible) AS step (keys)
            CROSS JOIN LATERAL (
                SELECT s.id, ts_rank(s.search_vector, wanted)::double precision AS rank
                FROM atmosfera.test_cases AS s
                WHERE s.search_vector @@ wanted
                    AND core.search_keys(s.project_id, s.id) && step.keys
                    AND (s.project_id IN (SELECT v.id FROM unnest(visible) AS v (id))) IS TRUE
                ORDER BY s.id DESC
            ) AS hit
            LIMIT 500
        ) AS ranked
        WHERE p_after_id IS NULL
            OR (ranked.rank, ranked.id) < (p_after_rank, p_after_id)
        ORDER BY ranked.rank DESC, ranked.id DESC
        LIMIT least(greatest(p_limit, 1), 100)
    ) AS page
    INNER JOIN atmosfera.test_cases AS d ON d.id = page.id
    ORDER BY page.rank DESC, page.id DESC;
END
$$;

COMMENT ON FUNCTION atmosfera.search_test_cases(text, bigint, integer, double precision, bigint) IS
    'Test cases of the session''s projects, or of one of them, that hold these words, as in a '
    'search engine''s box ("…", or, -). Best first; ranked are the newest 500 that match, so '
    'that a common word costs no more. At most 100 a page; the next page is asked for with the '
    'last row''s rank and id. The snippet marks words with « » and is not escaped: escape it '
    'before it becomes HTML.';

REVOKE ALL ON FUNCTION atmosfera.search_test_cases(text, bigint, integer, double precision, bigint)
FROM PUBLIC;
GRANT EXECUTE
ON FUNCTION atmosfera.search_test_cases(text, bigint, integer, double precision, bigint)
TO authenticated_users, readonly_users;

CREATE FUNCTION atmosfera.search_documents(
    p_query text,
    p_project_id bigint DEFAULT NULL,
    p_limit integer DEFAULT 20,
    p_after_rank double precision DEFAULT NULL,
    p_after_id bigint DEFAULT NULL
) RETURNS TABLE (
    id bigint,
    project_id bigint,
    title varchar,
    type varchar,
    version integer,
    status varchar,
    rank double precision,
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
    newest       constant bigint := (SELECT max(c.id) FROM atmosfera.documents AS c);
BEGIN
    RETURN QUERY
    SELECT
        d.id,
        d.project_id,
        d.title,
        d.type,
        d.version,
        d.status,
        page.rank,
        ts_headline(
            'pg_catalog.english',
            left(d.content, 150000),
            wanted,
            'StartSel=«, StopSel=», MaxWords=25, MinWords=10'
        )
    FROM (
        SELECT ranked.id, ranked.rank
        FROM (
            SELECT hit.id, hit.rank
            FROM core.search_steps(newest, visible) AS step (keys)
            CROSS JOIN LATERAL (
                SELECT s.id, ts_rank(s.search_vector, wanted)::double precision AS rank
                FROM atmosfera.documents AS s
                WHERE s.search_vector @@ wanted
                    AND core.search_keys(s.project_id, s.id) && step.keys
                    AND (s.project_id IN (SELECT v.id FROM unnest(visible) AS v (id))) IS TRUE
                ORDER BY s.id DESC
            ) AS hit
            LIMIT 500
        ) AS ranked
        WHERE p_after_id IS NULL
            OR (ranked.rank, ranked.id) < (p_after_rank, p_after_id)
        ORDER BY ranked.rank DESC, ranked.id DESC
        LIMIT least(greatest(p_limit, 1), 100)
    ) AS page
    INNER JOIN atmosfera.documents AS d ON d.id = page.id
    ORDER BY page.rank DESC, page.id DESC;
END
$$;

COMMENT ON FUNCTION atmosfera.search_documents(text, bigint, integer, double precision, bigint) IS
    'Documents of the session''s projects, or of one of them, that hold these words, as in a '
    'search engine''s box ("…", or, -). Best first; ranked are the newest 500 that match, so '
    'that a common word costs no more. At most 100 a page; the next page is asked for with the '
    'last row''s rank and id. The snippet marks words with « » and is not escaped: escape it '
    'before it becomes HTML.';

REVOKE ALL ON FUNCTION atmosfera.search_documents(text, bigint, integer, double precision, bigint)
FROM PUBLIC;
GRANT EXECUTE
ON FUNCTION atmosfera.search_documents(text, bigint, integer, double precision, bigint)
TO authenticated_users, readonly_users;
