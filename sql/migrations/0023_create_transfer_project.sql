-- 0023_create_transfer_project
--
-- What:     core.transfer_project(), a new owner for a project.
-- Why:      in 000 a project dies with its owner's row (defect 18). Here the owner can't be
--           deleted, so there must be a way to hand the project on.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights: owner_id is granted to nobody, since a new owner must be checked.
CREATE FUNCTION core.transfer_project(p_project_id bigint, p_new_owner_id bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Somebody else's project and no project get the same answer.
    PERFORM
    FROM core.projects AS p
    WHERE p.id = p_project_id
        AND (p.owner_id = core.active_user_id() OR core.is_admin())
    FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'project % is not yours to give away', p_project_id
            USING
                ERRCODE = 'insufficient_privilege',
                HINT = 'Its owner or an administrator may.';
    END IF;

    -- Locked, so that they can't be deactivated before this commits.
    PERFORM
    FROM core.users AS u
    WHERE u.id = p_new_owner_id
        AND u.is_active
    FOR SHARE;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'user % can''t own a project', p_new_owner_id
            USING
                ERRCODE = 'foreign_key_violation',
                HINT = 'The new owner must be an active user.';
    END IF;

    UPDATE core.projects AS p
    SET owner_id = p_new_owner_id
    WHERE p.id = p_project_id;
END
$$;

COMMENT ON FUNCTION core.transfer_project(bigint, bigint) IS
    'Gives a project to another active user, who becomes its manager too; the former owner stays '
    'one until they leave or are removed. For the owner and for administrators.';

REVOKE ALL ON FUNCTION core.transfer_project(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.transfer_project(bigint, bigint) TO authenticated_users;
