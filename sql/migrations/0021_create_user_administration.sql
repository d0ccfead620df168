-- 0021_create_user_administration
--
-- What:     core.set_user_role(), core.deactivate_user() and core.reactivate_user().
-- Why:      no user of 001 can ever leave (defect 28). role and is_active can't be granted by
--           column: whoever may update their own row would make themselves administrator.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights: no application role may update these columns. Each begins by asking for an
-- administrator, so that the audit trail always knows who did it.
CREATE FUNCTION core.require_admin() RETURNS void
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
AS $$
BEGIN
    IF NOT core.is_admin() THEN
        RAISE EXCEPTION 'only an administrator may do this'
            USING
                ERRCODE = 'insufficient_privilege',
                HINT = 'app.user_id must name an active user whose role is admin.';
    END IF;
END
$$;

COMMENT ON FUNCTION core.require_admin() IS
    'Raises insufficient_privilege unless the session''s person is an active administrator.';

REVOKE ALL ON FUNCTION core.require_admin() FROM PUBLIC;

CREATE FUNCTION core.set_user_role(p_user_id bigint, p_role text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM core.require_admin();

    -- Refused anew: with its owner's rights the server's DETAIL quotes the whole row, and in it the
    -- password's hash.
    BEGIN
        UPDATE core.users AS u
        SET role = p_role
        WHERE u.id = p_user_id;
    EXCEPTION
        WHEN check_violation OR not_null_violation THEN
            RAISE EXCEPTION 'there is no role %', coalesce(p_role, 'NULL')
                USING
                    ERRCODE = 'check_violation',
                    SCHEMA = 'core',
                    TABLE = 'users',
                    COLUMN = 'role',
                    CONSTRAINT = 'users_role_check',
                    HINT = 'The constraint users_role_check lists the roles there are.';
    END;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no user %', p_user_id USING ERRCODE = 'no_data_found';
    END IF;
END
$$;

COMMENT ON FUNCTION core.set_user_role(bigint, text) IS
    'Gives a person another role. For administrators.';

CREATE FUNCTION core.deactivate_user(p_user_id bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM core.require_admin();

    UPDATE core.users AS u
    SET is_active = false
    WHERE u.id = p_user_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no user %', p_user_id USING ERRCODE = 'no_data_found';
    END IF;
END
$$;

COMMENT ON FUNCTION core.deactivate_user(bigint) IS
    'Ends a person''s log-in, and what their open sessions see, until core.reactivate_user(). What '
    'they made and what they may access stay as they are. For administrators.';

CREATE FUNCTION core.reactivate_user(p_user_id bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM core.require_admin();

    UPDATE core.users AS u
    SET is_active = true
    WHERE u.id = p_user_id
        AND u.erased_at IS NULL;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no user %, or they were erased', p_user_id
            USING ERRCODE = 'no_data_found';
    END IF;
END
$$;

COMMENT ON FUNCTION core.reactivate_user(bigint) IS
    'Undoes core.deactivate_user(). Erasure is not undone. For administrators.';

REVOKE ALL ON FUNCTION core.set_user_role(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION core.deactivate_user(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION core.reactivate_user(bigint) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION core.set_user_role(bigint, text) TO authenticated_users;
GRANT EXECUTE ON FUNCTION core.deactivate_user(bigint) TO authenticated_users;
GRANT EXECUTE ON FUNCTION core.reactivate_user(bigint) TO authenticated_users;
