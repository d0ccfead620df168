-- 0082_create_search_payloads
--
-- What:     apex.search_payloads(), payloads that contain a piece of JSON.
-- Why:      002 §7's JSONB queries read every payload (defect 60); and under row security @> can't
--           use its index, since it is not leakproof (defect 68).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights, and the tenant filter inside: the index answers @>, and the filter is no weaker
-- than the table's policy. The plan is made for what is asked: something rare comes from the GIN
-- index, something common from the account's newest. A small page is cut out of a large one, lest
-- the planner hope to come across it by walking everybody's payloads backwards.
CREATE FUNCTION apex.search_payloads(
    p_contains jsonb,
    p_account_id bigint DEFAULT NULL,
    p_module text DEFAULT NULL,
    p_limit integer DEFAULT 20,
    p_before_id bigint DEFAULT NULL
) RETURNS TABLE (
    payload_id bigint,
    account_id bigint,
    project_id bigint,
    module varchar,
    payload jsonb,
    created_at timestamptz
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
    visible      constant bigint[] := ARRAY(
        SELECT m.account_id
        FROM apex.session_access AS m
        WHERE p_account_id IS NULL OR m.account_id = p_account_id
    );
BEGIN
    RETURN QUERY
    WITH newest AS MATERIALIZED (
        SELECT
            p.payload_id,
            p.account_id,
            p.project_id,
            p.module,
            p.payload,
            p.created_at
        FROM apex.project_payloads AS p
        WHERE p.payload @> p_contains
            AND p.account_id = ANY (visible)
            AND (p_module IS NULL OR p.module = p_module)
            AND (p_before_id IS NULL OR p.payload_id < p_before_id)
        ORDER BY p.payload_id DESC
        LIMIT 1000
    )
    SELECT
        n.payload_id,
        n.account_id,
        n.project_id,
        n.module,
        n.payload,
        n.created_at
    FROM newest AS n
    ORDER BY n.payload_id DESC
    LIMIT least(greatest(p_limit, 0), 100);
END
$$;

COMMENT ON FUNCTION apex.search_payloads(jsonb, bigint, text, integer, bigint) IS
    'Payloads that contain p_contains (the operator @>) in the accounts of the session''s person, '
    'or in one of them, newest first. At most 100 a page; the next page is asked for with the last '
    'row''s payload_id as p_before_id.';

REVOKE ALL ON FUNCTION apex.search_payloads(jsonb, bigint, text, integer, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION apex.search_payloads(jsonb, bigint, text, integer, bigint) TO
    authenticated_users,
    readonly_users;
