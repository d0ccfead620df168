-- 0100_create_assistant_search
--
-- What:     assistant.search_rules(), search_practices() and search_templates(); and find_rules(),
--           find_practices() and find_templates(), which look into the arrays.
-- Why:      under row security @@ and @> can't use their index (defect 68), plain words are a
--           syntax error of to_tsquery (46), and 003's rank reads every hit's text again (61).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights: the policy is the condition in the first line of each, asked once instead of
-- beside every row. The plan is made for the words or values asked for. Snippets are made for the
-- page alone. Of what was typed the first 1,000 characters count.

CREATE FUNCTION assistant.search_rules(
    p_query text,
    p_category text DEFAULT NULL,
    p_severity text DEFAULT NULL,
    p_active boolean DEFAULT true,
    p_limit integer DEFAULT 20,
    p_after_rank double precision DEFAULT NULL,
    p_after_id text DEFAULT NULL
) RETURNS TABLE (
    rule_id varchar,
    category varchar,
    title varchar,
    severity varchar,
    enforcement varchar,
    rank double precision,
    snippet text
)
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 20
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted       constant tsquery := websearch_to_tsquery(
        'pg_catalog.english',
        left(p_query, 1000)
    );
BEGIN
    IF core.active_user_id() IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT
        d.rule_id,
        d.category,
        d.title,
        d.severity,
        d.enforcement,
        page.rank,
        ts_headline(
            'pg_catalog.english',
            left(d.description, 150000),
            wanted,
            'StartSel=«, StopSel=», MaxWords=25, MinWords=10'
        )
    FROM (
        SELECT ranked.rule_id, ranked.rank
        FROM (
            SELECT c.rule_id, ts_rank(c.search_vector, wanted)::double precision AS rank
            FROM (
                SELECT s.rule_id, s.search_vector
                FROM assistant.rules AS s
                WHERE s.search_vector @@ wanted
                    AND (p_category IS NULL OR s.category = p_category)
                    AND (p_severity IS NULL OR s.severity = p_severity)
                    AND (p_active IS NULL OR s.active = p_active)
                ORDER BY s.created_at DESC, s.rule_id
                LIMIT 500
            ) AS c
        ) AS ranked
        WHERE p_after_id IS NULL
            OR ranked.rank < p_after_rank
            OR (ranked.rank = p_after_rank AND ranked.rule_id > p_after_id)
        ORDER BY ranked.rank DESC, ranked.rule_id
        LIMIT least(greatest(coalesce(p_limit, 20), 1), 100)
    ) AS page
    INNER JOIN assistant.rules AS d ON d.rule_id = page.rule_id
    ORDER BY page.rank DESC, page.rule_id;
END
$$;

COMMENT ON FUNCTION assistant.search_rules(
    text, text, text, boolean, integer, double precision, text
) IS
    'Rules that hold these words, as in a search engine''s box ("…", or, -). Best first; '
    'ranked are the newest 500 that match, so that a common word costs no more. At most 100 a '
    'page; the next page is asked for with the last row''s rank and id. p_active NULL: in use or '
    'not. The snippet marks words with « » and is not escaped: escape it before it becomes HTML.';

REVOKE ALL ON FUNCTION assistant.search_rules(
    text, text, text, boolean, integer, double precision, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.search_rules(
    text, text, text, boolean, integer, double precision, text
) TO authenticated_users, readonly_users;

CREATE FUNCTION assistant.search_practices(
    p_query text,
    p_category text DEFAULT NULL,
    p_active boolean DEFAULT true,
    p_limit integer DEFAULT 20,
    p_after_rank double precision DEFAULT NULL,
    p_after_id text DEFAULT NULL
) RETURNS TABLE (
    practice_id varchar,
    category varchar,
    title varchar,
    rank double precision,
    snippet text
)
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 20
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted       constant tsquery := websearch_to_tsquery(
        'pg_catalog.english',
        left(p_query, 1000)
    );
BEGIN
    IF core.active_user_id() IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT
        d.practice_id,
        d.category,
        d.title,
        page.rank,
        ts_headline(
            'pg_catalog.english',
            left(d.description, 150000),
            wanted,
            'StartSel=«, StopSel=», MaxWords=25, MinWords=10'
        )
    FROM (
        SELECT ranked.practice_id, ranked.rank
        FROM (
            SELECT c.practice_id, ts_rank(c.search_vector, wanted)::double precision AS rank
            FROM (
                SELECT s.practice_id, s.search_vector
                FROM assistant.practices AS s
                WHERE s.search_vector @@ wanted
                    AND (p_category IS NULL OR s.category = p_category)
                    AND (p_active IS NULL OR s.is_active = p_active)
                ORDER BY s.created_at DESC, s.practice_id
                LIMIT 500
            ) AS c
        ) AS ranked
        WHERE p_after_id IS NULL
            OR ranked.rank < p_after_rank
            OR (ranked.rank = p_after_rank AND ranked.practice_id > p_after_id)
        ORDER BY ranked.rank DESC, ranked.practice_id
        LIMIT least(greatest(coalesce(p_limit, 20), 1), 100)
    ) AS page
    INNER JOIN assistant.practices AS d ON d.practice_id = page.practice_id
    ORDER BY page.rank DESC, page.practice_id;
END
$$;

COMMENT ON FUNCTION assistant.search_practices(
    text, text, boolean, integer, double precision, text
) IS
    'Practices that hold these words, as in a search engine''s box ("…", or, -). Best first; '
    'ranked are the newest 500 that match, so that a common word costs no more. At most 100 a '
    'page; the next page is asked for with the last row''s rank and id. p_active NULL: in use or '
    'not. The snippet marks words with « » and is not escaped: escape it before it becomes HTML.';

REVOKE ALL ON FUNCTION assistant.search_practices(
    text, text, boolean, integer, double precision, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.search_practices(
    text, text, boolean, integer, double precision, text
) TO authenticated_users, readonly_users;

CREATE FUNCTION assistant.search_templates(
    p_query text,
    p_category text DEFAULT NULL,
    p_active boolean DEFAULT true,
    p_limit integer DEFAULT 20,
    p_after_rank double precision DEFAULT NULL,
    p_after_id text DEFAULT NULL
) RETURNS TABLE (
    template_id varchar,
    category varchar,
    name varchar,
    rank double precision,
    snippet text
)
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 20
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted       constant tsquery := websearch_to_tsquery(
        'pg_catalog.english',
        left(p_query, 1000)
    );
BEGIN
    IF core.active_user_id() IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT
        d.template_id,
        d.category,
        d.name,
        page.rank,
        ts_headline(
            'pg_catalog.english',
            left(coalesce(d.description, d.name), 150000),
            wanted,
            'StartSel=«, StopSel=», MaxWords=25, MinWords=10'
        )
    FROM (
        SELECT ranked.template_id, ranked.rank
        FROM (
            SELECT c.template_id, ts_rank(c.search_vector, wanted)::double precision AS rank
            FROM (
                SELECT s.template_id, s.search_vector
                FROM assistant.templates AS s
                WHERE s.search_vector @@ wanted
                    AND (p_category IS NULL OR s.category = p_category)
                    AND (p_active IS NULL OR s.is_active = p_active)
                ORDER BY s.created_at DESC, s.template_id
                LIMIT 500
            ) AS c
        ) AS ranked
        WHERE p_after_id IS NULL
            OR ranked.rank < p_after_rank
            OR (ranked.rank = p_after_rank AND ranked.template_id > p_after_id)
        ORDER BY ranked.rank DESC, ranked.template_id
        LIMIT least(greatest(coalesce(p_limit, 20), 1), 100)
    ) AS page
    INNER JOIN assistant.templates AS d ON d.template_id = page.template_id
    ORDER BY page.rank DESC, page.template_id;
END
$$;

COMMENT ON FUNCTION assistant.search_templates(
    text, text, boolean, integer, double precision, text
) IS
    'Templates that hold these words, as in a search engine''s box ("…", or, -). Best first; '
    'ranked are the newest 500 that match, so that a common word costs no more. At most 100 a '
    'page; the next page is asked for with the last row''s rank and id. p_active NULL: in use or '
    'not. The snippet marks words with « » and is not escaped: escape it before it becomes HTML.';

REVOKE ALL ON FUNCTION assistant.search_templates(
    text, text, boolean, integer, double precision, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.search_templates(
    text, text, boolean, integer, double precision, text
) TO authenticated_users, readonly_users;

CREATE FUNCTION assistant.find_rules(
    p_examples jsonb DEFAULT NULL,
    p_anti_patterns jsonb DEFAULT NULL,
    p_active boolean DEFAULT true,
    p_limit integer DEFAULT 100,
    p_after_id text DEFAULT NULL
) RETURNS SETOF assistant.rules
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 20
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    IF core.active_user_id() IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT d.*
    FROM assistant.rules AS d
    WHERE (p_active IS NULL OR d.active = p_active)
        AND (p_examples IS NULL OR d.examples @> p_examples)
        AND (p_anti_patterns IS NULL OR d.anti_patterns @> p_anti_patterns)
        AND (p_after_id IS NULL OR d.rule_id > p_after_id)
    ORDER BY d.rule_id
    LIMIT least(greatest(coalesce(p_limit, 100), 1), 1000);
END
$$;

COMMENT ON FUNCTION assistant.find_rules(jsonb, jsonb, boolean, integer, text) IS
    'Rules whose examples, or anti-patterns, contain all of this array: find_rules(''["x"]''), '
    'find_rules(p_anti_patterns => …). By id, at most 1,000 a page; the next page is asked for '
    'with the last id. p_active NULL: in force or not.';

REVOKE ALL ON FUNCTION assistant.find_rules(jsonb, jsonb, boolean, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.find_rules(jsonb, jsonb, boolean, integer, text) TO
    authenticated_users,
    readonly_users;

CREATE FUNCTION assistant.find_practices(
    p_benefits jsonb DEFAULT NULL,
    p_anti_patterns jsonb DEFAULT NULL,
    p_active boolean DEFAULT true,
    p_limit integer DEFAULT 100,
    p_after_id text DEFAULT NULL
) RETURNS SETOF assistant.practices
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 20
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    IF core.active_user_id() IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT d.*
    FROM assistant.practices AS d
    WHERE (p_active IS NULL OR d.is_active = p_active)
        AND (p_benefits IS NULL OR d.benefits @> p_benefits)
        AND (p_anti_patterns IS NULL OR d.anti_patterns @> p_anti_patterns)
        AND (p_after_id IS NULL OR d.practice_id > p_after_id)
    ORDER BY d.practice_id
    LIMIT least(greatest(coalesce(p_limit, 100), 1), 1000);
END
$$;

COMMENT ON FUNCTION assistant.find_practices(jsonb, jsonb, boolean, integer, text) IS
    'Practices whose benefits, or anti-patterns, contain all of this array. By id, at most 1,000 a '
    'page; the next page is asked for with the last id. p_active NULL: in use or not.';

REVOKE ALL ON FUNCTION assistant.find_practices(jsonb, jsonb, boolean, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.find_practices(jsonb, jsonb, boolean, integer, text) TO
    authenticated_users,
    readonly_users;

CREATE FUNCTION assistant.find_templates(
    p_tags jsonb DEFAULT NULL,
    p_active boolean DEFAULT true,
    p_limit integer DEFAULT 100,
    p_after_id text DEFAULT NULL
) RETURNS SETOF assistant.templates
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 20
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    IF core.active_user_id() IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT d.*
    FROM assistant.templates AS d
    WHERE (p_active IS NULL OR d.is_active = p_active)
        AND (p_tags IS NULL OR d.tags @> p_tags)
        AND (p_after_id IS NULL OR d.template_id > p_after_id)
    ORDER BY d.template_id
    LIMIT least(greatest(coalesce(p_limit, 100), 1), 1000);
END
$$;

COMMENT ON FUNCTION assistant.find_templates(jsonb, boolean, integer, text) IS
    'Templates that have all of these tags: find_templates(''["mail", "short"]''). By id, at most '
    '1,000 a page; the next page is asked for with the last id. p_active NULL: in use or not.';

REVOKE ALL ON FUNCTION assistant.find_templates(jsonb, boolean, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assistant.find_templates(jsonb, boolean, integer, text) TO
    authenticated_users,
    readonly_users;
