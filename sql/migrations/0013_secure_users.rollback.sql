-- Reverses 0013_secure_users.
--
-- Loses:    nothing

REVOKE SELECT (id, user_id, username, email), INSERT ON core.users FROM bulk_loader;
REVOKE
    SELECT (id, user_id),
    INSERT (
        username, email, password_hash, full_name, organization, role, preferences, mfa_secret
    ),
    UPDATE (password_hash, mfa_secret, last_login)
ON core.users FROM authenticator;
REVOKE SELECT (id, user_id, username, full_name) ON core.users FROM readonly_users;
REVOKE
    SELECT (id, user_id, username, full_name),
    INSERT (
        username, email, password_hash, full_name, organization, role, preferences, mfa_secret
    ),
    UPDATE (username, email, full_name, organization, preferences)
ON core.users FROM authenticated_users;

DROP POLICY users_authenticator_update ON core.users;
DROP POLICY users_admins_update ON core.users;
DROP POLICY users_self_update ON core.users;
DROP POLICY users_authenticator_insert ON core.users;
DROP POLICY users_admins_insert ON core.users;
DROP POLICY users_authenticator_select ON core.users;
DROP POLICY users_members_select ON core.users;

ALTER TABLE core.users DISABLE ROW LEVEL SECURITY;
