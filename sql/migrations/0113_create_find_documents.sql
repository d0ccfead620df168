-- 0113_create_find_documents
--
-- What:     copilot.find_documents(), a person's documents by what their metadata contains.
-- Why:      004 §2 indexes documents.metadata to search it. @> is not leakproof, so under row
--           security it can't be an index condition (defect 68).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights, and the policy's filter inside. The plan is made for the values asked for: rare
-- ones come from the GIN index, common ones from the latest rows.
CREATE FUNCTION copilot.find_documents(
    p_metadata jsonb,
    p_before timestamptz DEFAULT NULL,
    p_before_id uuid DEFAULT NULL,
    p_limit integer DEFAULT 20
) RETURNS TABLE (
    document_id uuid,
    project_name varchar,
    status varchar,
    version integer,
    file_path varchar,
    metadata jsonb,
    created_at timestamptz,
    updated_at timestamptz
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
    person       constant uuid := core.current_user_uuid();
    before       constant timestamptz := coalesce(p_before, 'infinity');
    before_id    constant uuid := coalesce(p_before_id, '00000000-0000-0000-0000-000000000000');
    page_size    constant integer := least(greatest(coalesce(p_limit, 20), 1), 100);
BEGIN
    RETURN QUERY
    SELECT
        d.document_id,
        d.project_name,
        d.status,
        d.version,
        d.file_path,
        d.metadata,
        d.created_at,
        d.updated_at
    FROM copilot.documents AS d
    WHERE d.user_id = person
        AND d.metadata @> p_metadata
        AND (d.updated_at, d.document_id) < (before, before_id)
    ORDER BY d.updated_at DESC, d.document_id DESC
    LIMIT page_size;
END
$$;

COMMENT ON FUNCTION copilot.find_documents(jsonb, timestamptz, uuid, integer) IS
    'The session''s person''s documents whose metadata contains these values ({"model": "x"}), the '
    'latest first, a page as copilot.documents_page() has it. Without the texts.';

REVOKE ALL ON FUNCTION copilot.find_documents(jsonb, timestamptz, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION copilot.find_documents(jsonb, timestamptz, uuid, integer) TO
    authenticated_users,
    readonly_users;
