-- 0002_create_current_user_id
--
-- What:     core.current_user_id(), who the application says is asking.
-- Why:      001 §9.1 calls it and does not define it (defect 6); every policy starts from it.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- A setting that was set LOCAL in an earlier transaction of this connection reads '', not NULL.
CREATE FUNCTION core.current_user_id() RETURNS bigint
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN nullif(pg_catalog.current_setting('app.user_id', true), '')::bigint;

COMMENT ON FUNCTION core.current_user_id() IS
    'core.users.id of the person this transaction acts for, or NULL. The application sets it per '
    'transaction: SELECT set_config(''app.user_id'', $1, true). Whoever may set it is trusted: the '
    'database believes it. In a policy write (SELECT core.current_user_id()): once a statement.';

REVOKE ALL ON FUNCTION core.current_user_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.current_user_id() TO
    authenticated_users,
    readonly_users,
    authenticator,
    bulk_loader;
