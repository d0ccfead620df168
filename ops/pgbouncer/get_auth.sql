-- What PgBouncer asks for a login's SCRAM verifier: auth_query = SELECT * FROM pgbouncer.get_auth($1)
--
-- Run by ops/postgres/provision.sql, as a superuser: pg_authid is readable by nobody else, and the
-- migrations' owner must not be able to replace this function. So it is no migration, and its schema
-- is not compared by `footing verify`.
--
-- It answers for the logins that belong behind the pooler, and for them alone: members of
-- authenticated_users, readonly_users or authenticator, with a SCRAM verifier that has not expired.
-- Whoever is, or may become by SET ROLE, anything mightier is as unknown as a login that is not
-- there: superusers, the owner, BYPASSRLS, the server's own roles.

CREATE SCHEMA IF NOT EXISTS pgbouncer;
ALTER SCHEMA pgbouncer OWNER TO CURRENT_USER;  -- footing_owner may have made one first
REVOKE ALL ON SCHEMA pgbouncer FROM PUBLIC;
GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer_auth;
COMMENT ON SCHEMA pgbouncer IS
    'What PgBouncer looks passwords up by. The superuser''s, so no migration alters it.';

CREATE OR REPLACE FUNCTION pgbouncer.get_auth(login text)
RETURNS TABLE (usename text, passwd text)
LANGUAGE sql
STABLE
PARALLEL SAFE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        r.rolname::text,
        r.rolpassword
    FROM pg_catalog.pg_authid AS r
    WHERE r.rolname = login
        AND r.rolcanlogin
        AND r.rolpassword LIKE 'SCRAM-SHA-256$%'
        AND (r.rolvaliduntil IS NULL OR r.rolvaliduntil > pg_catalog.now())
        AND EXISTS (
            SELECT
            FROM pg_catalog.pg_authid AS g
            WHERE g.rolname IN ('authenticated_users', 'readonly_users', 'authenticator')
                AND pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE')
        )
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_authid AS mighty
            WHERE pg_catalog.pg_has_role(r.oid, mighty.oid, 'MEMBER')
                AND (
                    mighty.rolsuper
                    OR mighty.rolcreaterole
                    OR mighty.rolcreatedb
                    OR mighty.rolreplication
                    OR mighty.rolbypassrls
                    OR mighty.rolname = 'footing_owner'
                    OR mighty.rolname LIKE 'pg\_%'
                )
        )
$$;

ALTER FUNCTION pgbouncer.get_auth(text) OWNER TO CURRENT_USER;  -- likewise
REVOKE ALL ON FUNCTION pgbouncer.get_auth(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text) TO pgbouncer_auth;
COMMENT ON FUNCTION pgbouncer.get_auth(text) IS
    'The SCRAM verifier of a login that belongs behind the pooler; no row for any other. '
    'Only pgbouncer_auth may ask.';
