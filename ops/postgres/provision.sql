-- Footing's logins: one for each product, and those that operate it.
--
-- What:     logins that inherit the groups of sql/bootstrap.sql, each with its search_path and its
--           timeouts in this database; who may connect to it; what the pooler looks passwords up by.
-- Why:      a group's settings do not reach its members, and PgBouncer 1.18 passes no options on.
-- Run as:   a superuser, in the database Footing lives in, after sql/bootstrap.sql:
--               python3 -m ops.postgres.provision -d footing   which computes the verifiers, or
--               psql -X -d footing -f ops/postgres/provision.sql  then \password for each login
-- Again:    safe at any time. Attributes and settings are put back to what is below; a password
--           changes only where FOOTING_VERIFIERS has one for that login.
-- Secrets:  none is here, and the server never gets one: FOOTING_VERIFIERS is a JSON object
--           {"login": "SCRAM-SHA-256$…"}, and not even those reach the log or pg_stat_statements.
-- Undo:     DROP OWNED BY login; DROP ROLE login;

\set ON_ERROR_STOP on
\set QUIET on
\set verifiers '{}'
\getenv verifiers FOOTING_VERIFIERS

BEGIN;

-- 1. From here to COMMIT nothing is written down: not when it is slow, not when it fails.
SET LOCAL log_statement = 'none';
SET LOCAL log_duration = off;
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_duration_sample = -1;
SET LOCAL log_transaction_sample_rate = 0;
SET LOCAL log_min_error_statement = 'panic';
SET LOCAL pg_stat_statements.track = 'none';
SET LOCAL search_path = pg_catalog;
SET LOCAL client_min_messages = 'warning';
SELECT set_config('provision.verifiers', :'verifiers', true) AS verifiers \gset quietly_
\unset quietly_verifiers
\unset verifiers

DO $provision$
DECLARE
    wanted      record;
    setting     record;
    unexpected  text;
    verifiers   CONSTANT jsonb := current_setting('provision.verifiers')::jsonb;
    unknown     text;
    verifier    text;
BEGIN
    -- 2. One at a time, like sql/bootstrap.sql and by the same lock: roles belong to the server.
    LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE;

    CREATE TEMPORARY TABLE wanted_logins (
        name        text PRIMARY KEY,
        group_name  text,             -- NULL: in no group
        limit_to    integer NOT NULL, -- connections; -1: no limit but the server's
        settings    jsonb NOT NULL,
        meaning     text NOT NULL,
        replicates  boolean NOT NULL DEFAULT false
    ) ON COMMIT DROP;

    -- 3. The products. 10 s a statement; the pooler's query_timeout of 30 s is the ceiling that no
    --    SET can lift. A transaction left open holds one of 25 connections, so it ends after 30 s.
    INSERT INTO wanted_logins
    SELECT
        product || '_app',
        'authenticated_users',
        -1,
        jsonb_build_object(
            'search_path', product || ', core',
            'statement_timeout', '10s',
            'lock_timeout', '5s',
            'idle_in_transaction_session_timeout', '30s',
            'transaction_timeout', '30s'
        ),
        'The login of ' || product || ', by way of PgBouncer.'
    FROM unnest(ARRAY['webtest', 'atmosfera', 'apex', 'assistant', 'copilot']) AS product;

    -- 4. Who signs people up and in: as the products, and terse, since the detail of a refused row
    --    would put a password hash in the log.
    INSERT INTO wanted_logins
    VALUES (
        'footing_signin', 'authenticator', -1,
        '{"search_path": "core", "statement_timeout": "10s", "lock_timeout": "5s",
          "idle_in_transaction_session_timeout": "30s", "transaction_timeout": "30s",
          "log_error_verbosity": "terse"}',
        'The sign-in service, by way of PgBouncer.'
    ),
    -- 5. Who operates it. Reports may take the ceiling of 30 s; migrations, REFRESH and VACUUM take
    --    the time they need.
    (
        'footing_reader', 'readonly_users', 10,
        '{"search_path": "core", "statement_timeout": "30s", "lock_timeout": "5s",
          "idle_in_transaction_session_timeout": "60s", "default_transaction_read_only": "on"}',
        'Reports, under the policies of whoever app.user_id names.'
    ), (
        'footing_monitor', 'monitoring', 5,
        '{"search_path": "ops", "statement_timeout": "10s", "lock_timeout": "1s",
          "idle_in_transaction_session_timeout": "30s", "default_transaction_read_only": "on"}',
        'Exporters and dashboards.'
    ), (
        'footing_deploy', 'footing_owner', 10,
        '{"statement_timeout": "0", "lock_timeout": "0",
          "idle_in_transaction_session_timeout": "0", "transaction_timeout": "0"}',
        'Migrations and maintenance. It becomes the owner by SET ROLE.'
    ), (
        'pgbouncer_auth', NULL, 5,
        '{"search_path": "pg_catalog", "statement_timeout": "5s",
          "default_transaction_read_only": "on"}',
        'PgBouncer''s auth_user: may call pgbouncer.get_auth() and nothing else.'
    );

    -- 6. Standbys. Whoever replicates may read every byte of the server, its verifiers included.
    INSERT INTO wanted_logins
    VALUES (
        'footing_replication', NULL, 10, '{"search_path": "pg_catalog"}',
        'Standbys: pg_basebackup, streaming, and pg_rewind of a primary that was.', true
    );

    SELECT string_agg(given, ', ' ORDER BY given)
    INTO unknown
    FROM jsonb_object_keys(verifiers) AS given
    WHERE given NOT IN (SELECT name FROM wanted_logins);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'FOOTING_VERIFIERS names no login of Footing: %', unknown
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    FOR wanted IN SELECT * FROM wanted_logins ORDER BY name
    LOOP
        IF to_regrole(quote_ident(wanted.name)) IS NULL THEN
            EXECUTE format('CREATE ROLE %I', wanted.name);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE %s NOBYPASSRLS '
            'CONNECTION LIMIT %s',
            wanted.name,
            CASE WHEN wanted.replicates THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
            wanted.limit_to
        );
        EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.name, wanted.meaning);

        verifier := verifiers ->> wanted.name;
        IF verifier !~ '^SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' THEN
            RAISE EXCEPTION 'what FOOTING_VERIFIERS has for % is no SCRAM verifier', wanted.name
                USING ERRCODE = 'invalid_password',
                    HINT = 'python3 -m ops.postgres.provision computes them; a password does not belong there.';
        ELSIF verifier IS NOT NULL THEN
            EXECUTE format('ALTER ROLE %I PASSWORD %L', wanted.name, verifier);
        END IF;

        -- 7. One group each. A grant that somebody added is told, not taken away.
        IF wanted.group_name IS NOT NULL AND NOT EXISTS (
            SELECT
            FROM pg_auth_members AS m
            WHERE m.roleid = wanted.group_name::regrole
                AND m.member = wanted.name::regrole
        ) THEN
            EXECUTE format('GRANT %I TO %I', wanted.group_name, wanted.name);
        END IF;
        SELECT string_agg(m.roleid::regrole::text, ', ')
        INTO unexpected
        FROM pg_auth_members AS m
        WHERE m.member = wanted.name::regrole
            AND m.roleid::regrole::text IS DISTINCT FROM wanted.group_name;
        IF unexpected IS NOT NULL THEN
            RAISE WARNING 'login % is also a member of %', wanted.name, unexpected
                USING HINT = format('If that is not meant: REVOKE %s FROM %I;', unexpected, wanted.name);
        END IF;

        -- 8. Its settings, in this database only: the server may have another one.
        EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', wanted.name, current_database());
        FOR setting IN
            SELECT s.key, s.value
            FROM jsonb_each_text(wanted.settings) AS s
            JOIN pg_settings AS known ON known.name = s.key  -- transaction_timeout: from 17 on
            ORDER BY s.key
        LOOP
            EXECUTE format(
                'ALTER ROLE %I IN DATABASE %I SET %I = %s',
                wanted.name, current_database(), setting.key,
                CASE
                    WHEN setting.key = 'search_path' THEN setting.value  -- a list, of names of ours
                    ELSE quote_literal(setting.value)
                END
            );
        END LOOP;
    END LOOP;

    -- 9. Whoever is not named above has 30 s as well; the superuser who runs this has no limit.
    EXECUTE format('ALTER DATABASE %I SET statement_timeout = %L', current_database(), '30s');
    EXECUTE format(
        'ALTER ROLE %I IN DATABASE %I SET statement_timeout = 0', session_user, current_database()
    );

    -- 10. Who may connect: members of the groups, and nobody makes temporary tables, which a pooled
    --     connection would keep for the next client. The owner's are not pooled, and REFRESH
    --     CONCURRENTLY makes one.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO footing_owner, authenticated_users, readonly_users, '
        'authenticator, monitoring, bulk_loader, pgbouncer_auth, footing_replication',
        current_database()
    );
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO footing_owner', current_database());

    -- 11. What pg_rewind reads the new primary with, which shows its login nothing that replication
    --     does not.
    GRANT EXECUTE ON FUNCTION
        pg_ls_dir(text, boolean, boolean),
        pg_stat_file(text, boolean),
        pg_read_binary_file(text),
        pg_read_binary_file(text, bigint, bigint, boolean)
    TO footing_replication;
END
$provision$;

\ir ../pgbouncer/get_auth.sql

COMMIT;
