-- 0079_create_update_project
--
-- What:     apex.update_project(), a change that is refused when somebody else was first.
-- Why:      002 §2's optimistic lock never fires (defect 31). UPDATE … WHERE etag = $2 fires, and
--           says so by changing nothing; this tells the three reasons for nothing apart.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Invoker rights: the caller's own policies and column grants decide.
-- PT412: a SQLSTATE of our own, so that no client retries by itself what a person must look at; by
-- PostgREST's custom PTnnn stands for the HTTP status, here 412 Precondition Failed.
CREATE FUNCTION apex.update_project(
    p_project_id bigint,
    p_etag text,
    p_changes jsonb
) RETURNS apex.projects
LANGUAGE plpgsql
VOLATILE
PARALLEL UNSAFE
AS $$
DECLARE
    changeable   constant text[] :=
        '{name,status,constants_version,content_sha256,confidence}';
    understood   constant boolean := CASE pg_catalog.jsonb_typeof(p_changes)
        WHEN 'object' THEN p_changes - changeable = '{}'
        ELSE false
    END;
    changed      apex.projects;
    etag_now     text;
BEGIN
    IF NOT understood THEN
        RAISE EXCEPTION 'a project can''t be changed by %',
            coalesce(pg_catalog.left(p_changes::text, 100), 'NULL')
            USING
                ERRCODE = 'invalid_parameter_value',
                HINT = 'p_changes is an object with any of '
                    || pg_catalog.array_to_string(changeable, ', ') || '.';
    END IF;

    UPDATE apex.projects AS p
    SET (name, status, constants_version, content_sha256, confidence) = (
        SELECT r.name, r.status, r.constants_version, r.content_sha256, r.confidence
        FROM pg_catalog.jsonb_populate_record(p, p_changes) AS r
    )
    WHERE p.project_id = p_project_id
        AND p.etag = p_etag
    RETURNING p.* INTO changed;

    IF FOUND THEN
        RETURN changed;
    END IF;

    SELECT p.etag
    INTO etag_now
    FROM apex.projects AS p
    WHERE p.project_id = p_project_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no project %', p_project_id
            USING
                ERRCODE = 'no_data_found',
                HINT = 'app.user_id must be able to see it.';
    END IF;

    IF etag_now = p_etag THEN
        RAISE EXCEPTION 'project % is not yours to change', p_project_id
            USING
                ERRCODE = 'insufficient_privilege',
                HINT = 'Editors and managers of its account may.';
    END IF;

    RAISE EXCEPTION 'project % has changed since it was read', p_project_id
        USING
            ERRCODE = 'PT412',
            DETAIL = pg_catalog.format('Its etag is %s now, and was %s.', etag_now, p_etag),
            HINT = 'Read it again, and decide again.';
END
$$;

COMMENT ON FUNCTION apex.update_project(bigint, text, jsonb) IS
    'Changes a project if its etag is still the one that was read, and returns it with its new '
    'etag. p_changes: {"status": "submitted"}; what it does not name stays, null clears. Raises '
    'PT412 if somebody else changed it, no_data_found or insufficient_privilege otherwise.';

REVOKE ALL ON FUNCTION apex.update_project(bigint, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION apex.update_project(bigint, text, jsonb) TO authenticated_users;
