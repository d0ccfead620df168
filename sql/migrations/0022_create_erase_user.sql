-- 0022_create_erase_user
--
-- What:     core.erase_user(), the right to be forgotten.
-- Why:      000 keeps a person's name and address after they are gone, and what it calls erasure
--           fails on NOT NULL (defects 17, 37); 001 can't remove anybody who did anything (28).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing; who was erased stays erased.

-- Definer rights; and, while it rewrites the audit trail, the setting that core.tg__append_only()
-- looks for.
-- A product that keeps personal data elsewhere replaces this function with one that blanks it too.
CREATE FUNCTION core.erase_user(p_user_id bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    person       core.users;
    pseudonym    constant text := format('erased-%s@erased.invalid', p_user_id);
BEGIN
    PERFORM core.require_admin();

    SELECT *
    INTO person
    FROM core.users AS u
    WHERE u.id = p_user_id
    FOR UPDATE;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no user %', p_user_id USING ERRCODE = 'no_data_found';
    END IF;

    IF person.erased_at IS NOT NULL THEN
        RETURN;
    END IF;

    UPDATE core.users AS u
    SET
        username = pseudonym,
        email = pseudonym,
        password_hash = '!',
        full_name = NULL,
        organization = NULL,
        preferences = '{}',
        mfa_secret = NULL,
        is_active = false,
        last_login = NULL,
        erased_at = now()
    WHERE u.id = p_user_id;

    DELETE FROM core.user_project_access AS a
    WHERE a.user_id = p_user_id;

    PERFORM set_config('footing.erasing', 'on', true);

    -- What the person did, also before they were logged in: the whole log is read, once.
    UPDATE core.audit_logs AS l
    SET
        username = NULL,
        ip_address = NULL,
        user_agent = NULL,
        request_path = NULL
    WHERE l.user_id = p_user_id
        OR (
            l.user_id IS NULL
            AND l.action NOT IN ('insert', 'update', 'delete')  -- there it is a database login
            AND lower(l.username) IN (lower(person.username), lower(person.email))
        );

    -- What was done to them, the change above included: which columns, but not what was in them.
    UPDATE core.audit_logs AS l
    SET
        request_path = NULL,
        changes = l.changes - '{username,email,full_name,organization,preferences}'::text[]
    WHERE l.resource = 'core.users'
        AND l.resource_id = p_user_id::text;

    PERFORM set_config('footing.erasing', '', true);
END
$$;

COMMENT ON FUNCTION core.erase_user(bigint) IS
    'Makes a person a pseudonym, for good: row and references stay, and everything that says who '
    'it was goes, in the audit trail too. Projects they own stay so until core.transfer_project(). '
    'Reads the whole audit trail, so run it when there is time. For administrators.';

REVOKE ALL ON FUNCTION core.erase_user(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.erase_user(bigint) TO authenticated_users;
