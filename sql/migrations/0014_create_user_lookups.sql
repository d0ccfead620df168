-- 0014_create_user_lookups
--
-- What:     core.credentials_for(login) and core.user_profile(), the two ways to the columns of
--           core.users that no role is granted.
-- Why:      password hashes are for logging in and for nothing else (defect 64).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing; nobody can log in until it is back.

-- One of the two branches is cut off by its first condition before it starts, so that a log-in is
-- one probe of one index: a username with an @ in it is its owner's e-mail, by constraint.
CREATE FUNCTION core.credentials_for(login text) RETURNS TABLE (
    id bigint,
    user_id uuid,
    username varchar,
    role varchar,
    password_hash varchar,
    mfa_secret text
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 1
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.id, u.user_id, u.username, u.role, u.password_hash, u.mfa_secret
    FROM core.users AS u
    WHERE strpos(login, '@') > 0
        AND lower(u.email) = lower(login)
        AND u.is_active
    UNION ALL
    SELECT u.id, u.user_id, u.username, u.role, u.password_hash, u.mfa_secret
    FROM core.users AS u
    WHERE strpos(login, '@') = 0
        AND lower(u.username) = lower(login)
        AND u.is_active
$$;

COMMENT ON FUNCTION core.credentials_for(text) IS
    'What it takes to log in the person with this e-mail or username, whatever its case; no row '
    'for nobody, the deactivated and the erased. The application compares the hash and opens the '
    'second factor''s envelope; the database can do neither.';

REVOKE ALL ON FUNCTION core.credentials_for(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.credentials_for(text) TO authenticator;

CREATE FUNCTION core.user_profile(p_user_id bigint DEFAULT core.current_user_id()) RETURNS TABLE (
    id bigint,
    user_id uuid,
    username varchar,
    email varchar,
    full_name varchar,
    organization varchar,
    role varchar,
    preferences jsonb,
    has_mfa boolean,
    is_active boolean,
    last_login timestamptz,
    erased_at timestamptz,
    created_at timestamptz,
    updated_at timestamptz
)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 1
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        u.id,
        u.user_id,
        u.username,
        u.email,
        u.full_name,
        u.organization,
        u.role,
        u.preferences,
        u.mfa_secret IS NOT NULL,
        u.is_active,
        u.last_login,
        u.erased_at,
        u.created_at,
        u.updated_at
    FROM core.users AS u
    WHERE u.id = p_user_id
        AND (
            u.id = (SELECT core.active_user_id())
            OR (SELECT core.is_admin())
        )
$$;

COMMENT ON FUNCTION core.user_profile(bigint) IS
    'Everything about a person but their secrets: one''s own, and for an administrator anybody''s. '
    'All of them: SELECT p.* FROM core.users AS u CROSS JOIN LATERAL core.user_profile(u.id) AS p.';

REVOKE ALL ON FUNCTION core.user_profile(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.user_profile(bigint) TO authenticated_users, readonly_users;
