-- Footing bootstrap: what only a superuser can do, once for each database.
--
-- What:     the group roles, the owner's right to create schemas, the monitoring rights,
--           pg_stat_statements, and a closed public schema.
-- Why:      migrations run as footing_owner, who is no superuser and can make none of these.
-- Run as:   a superuser, in the database Footing will live in:
--               footing bootstrap        or        psql -d DATABASE -f sql/bootstrap.sql
--           then let the deploy login act as the owner:  GRANT footing_owner TO deploy_login;
-- Again:    safe at any time, and by two people at once. A role that is already there is left as
--           it is; what is unexpected about it is reported as a WARNING.
-- Undo:     nothing here is undone by a rollback: roles belong to the whole server, and another
--           database may be using them.
--
-- One DO block, so that it is one transaction however it is sent.
DO $bootstrap$
DECLARE
    wanted       record;
    existing     record;
    ext_schema   text;
BEGIN
    -- 1. One bootstrap at a time. Roles belong to the server and advisory locks to one database,
    --    so the lock is taken on the shared catalogue itself: it holds off CREATE ROLE and the
    --    like until we commit, never a login. A provider's superuser may not have it, and then
    --    relies on the exception handlers below.
    BEGIN
        LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE;
    EXCEPTION
        WHEN insufficient_privilege THEN
            PERFORM pg_catalog.pg_advisory_xact_lock(
                pg_catalog.hashtextextended('footing bootstrap', 0)
            );
    END;

    -- 2. The roles: groups without login, to which logins are granted. BYPASSRLS is an attribute,
    --    and attributes are not inherited: a member has it only after SET ROLE bulk_loader.
    FOR wanted IN
        SELECT *
        FROM (
            VALUES
                ('footing_owner', false,
                 'Owns every object of Footing. Migrations run as it; no application login may.'),
                ('authenticated_users', false,
                 'The products'' requests. Row security shows each what app.user_id may see.'),
                ('readonly_users', false,
                 'Reports: reads what authenticated_users reads, under the same policies.'),
                ('authenticator', false,
                 'The sign-in service: signs people up, and alone reads their credentials.'),
                ('monitoring', false,
                 'Exporters and dashboards: statistics, and no row of any product.'),
                ('bulk_loader', true,
                 'Loads by COPY, which row security refuses. Use it by SET ROLE.')
        ) AS roles (name, bypasses_rls, meaning)
    LOOP
        SELECT r.rolcanlogin, r.rolsuper, r.rolcreaterole, r.rolbypassrls
        INTO existing
        FROM pg_catalog.pg_roles AS r
        WHERE r.rolname = wanted.name;

        IF NOT FOUND THEN
            BEGIN
                EXECUTE format(
                    'CREATE ROLE %I NOLOGIN %s',
                    wanted.name,
                    CASE WHEN wanted.bypasses_rls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END
                );
                EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.name, wanted.meaning);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN
                    NULL;  -- somebody else made it a moment ago
            END;
        ELSIF existing.rolcanlogin OR existing.rolsuper OR existing.rolcreaterole
            OR existing.rolbypassrls <> wanted.bypasses_rls
        THEN
            RAISE WARNING 'role % was here already, and differs from what Footing expects',
                wanted.name
                USING HINT = format(
                    'If it is Footing''s: ALTER ROLE %I NOLOGIN NOSUPERUSER NOCREATEROLE %s;',
                    wanted.name,
                    CASE WHEN wanted.bypasses_rls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END
                );
        END IF;
    END LOOP;

    -- 3. What the groups may do on the server. The owner reads the statistics of other sessions,
    --    so that a migration waiting for a lock can name who holds it.
    FOR wanted IN
        SELECT *
        FROM (
            VALUES
                ('pg_monitor', 'monitoring'),
                ('pg_read_all_stats', 'footing_owner')
        ) AS memberships (granted, member)
    LOOP
        IF NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_auth_members AS m
            WHERE m.roleid = wanted.granted::regrole
                AND m.member = wanted.member::regrole
        ) THEN
            BEGIN
                EXECUTE format('GRANT %I TO %I', wanted.granted, wanted.member);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN
                    NULL;  -- likewise
            END;
        END IF;
    END LOOP;

    -- 4. The owner makes its schemas here; nobody makes anything in public, which stays empty.
    --    (PostgreSQL 15 closes public in a new database, but not in an upgraded one.)
    IF NOT has_database_privilege('footing_owner', current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO footing_owner', current_database());
    END IF;

    IF to_regnamespace('public') IS NOT NULL
        AND EXISTS (
            SELECT
            FROM pg_catalog.pg_namespace AS n
            CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS acl
            WHERE n.nspname = 'public'
                AND acl.grantee = 0
                AND acl.privilege_type = 'CREATE'
        )
    THEN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    END IF;

    -- 5. pg_stat_statements lives in a schema of its own, owned by whoever runs this file: public
    --    stays empty, and ops belongs to footing_owner, who must not own an extension's schema.
    IF to_regnamespace('extensions') IS NULL THEN
        CREATE SCHEMA extensions;
        COMMENT ON SCHEMA extensions IS
            'Extensions made by sql/bootstrap.sql; the superuser''s, so no migration alters it.';
    END IF;
    GRANT USAGE ON SCHEMA extensions TO footing_owner, monitoring;

    SELECT e.extnamespace::regnamespace::text
    INTO ext_schema
    FROM pg_catalog.pg_extension AS e
    WHERE e.extname = 'pg_stat_statements';

    IF ext_schema IS NULL THEN
        BEGIN
            CREATE EXTENSION pg_stat_statements WITH SCHEMA extensions;
        EXCEPTION
            WHEN feature_not_supported OR undefined_file THEN
                RAISE NOTICE 'pg_stat_statements is not installed on this server; going on without'
                    USING HINT = 'Install the contrib package, then run this file again.';
        END;
    ELSIF ext_schema = 'public' THEN
        ALTER EXTENSION pg_stat_statements SET SCHEMA extensions;
        RAISE NOTICE 'pg_stat_statements was moved from schema public to extensions';
    ELSIF ext_schema <> 'extensions' THEN
        RAISE WARNING 'pg_stat_statements is in schema %, Footing looks for it in extensions',
            ext_schema
            USING HINT = 'ALTER EXTENSION pg_stat_statements SET SCHEMA extensions;';
    END IF;
END
$bootstrap$;
