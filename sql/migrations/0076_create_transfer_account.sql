-- 0076_create_transfer_account
--
-- What:     apex.transfer_account(), a new owner for an account.
-- Why:      an owner can't be deleted (as in defect 18), so there must be a way to hand the account
--           on.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Definer rights: owner_id is granted to nobody, since a new owner must be checked.
CREATE FUNCTION apex.transfer_account(p_account_id bigint, p_new_owner_id bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Somebody else's account and no account get the same answer.
    PERFORM
    FROM apex.accounts AS a
    WHERE a.account_id = p_account_id
        AND (a.owner_id = core.active_user_id() OR core.is_admin())
    FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'account % is not yours to give away', p_account_id
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
        RAISE EXCEPTION 'user % can''t own an account', p_new_owner_id
            USING
                ERRCODE = 'foreign_key_violation',
                HINT = 'The new owner must be an active user.';
    END IF;

    UPDATE apex.accounts AS a
    SET owner_id = p_new_owner_id
    WHERE a.account_id = p_account_id;
END
$$;

COMMENT ON FUNCTION apex.transfer_account(bigint, bigint) IS
    'Gives an account to another active user, who becomes its manager too; the former owner stays '
    'one until they leave or are removed. For the owner and for administrators.';

REVOKE ALL ON FUNCTION apex.transfer_account(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION apex.transfer_account(bigint, bigint) TO authenticated_users;
