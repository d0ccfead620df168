-- 0020_create_audit_trigger
--
-- What:     core.tg__audit(), and its triggers on the four tables of core.
-- Why:      001 §1.2 promises comprehensive change tracking and has none (defect 36).
-- Locks:    core.users SHARE ROW EXCLUSIVE, core.projects SHARE ROW EXCLUSIVE,
--           core.user_project_access SHARE ROW EXCLUSIVE, core.global_settings SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses nothing; changes go unrecorded until it is back.

-- Arguments, each an array literal of columns: the row's key; what is never copied; what is not
-- worth an entry. Of the second, column:flag means: when the row's flag is, or was, true.
-- Definer rights: the entry is written whoever changed the row, and they need no right to write it.
CREATE FUNCTION core.tg__audit() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key_columns  constant text[] := TG_ARGV[0];
    secrets      text[] := '{}';
    ignored      constant text[] := TG_ARGV[2];
    old_row      constant jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}' END;
    new_row      constant jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}' END;
    actor_id     constant bigint := core.current_user_id();
    changed      jsonb;
    secret       text;
BEGIN
    FOREACH secret IN ARRAY TG_ARGV[1]::text[] LOOP
        IF strpos(secret, ':') = 0
            OR (old_row ->> split_part(secret, ':', 2))::boolean
            OR (new_row ->> split_part(secret, ':', 2))::boolean
        THEN
            secrets := secrets || split_part(secret, ':', 1);
        END IF;
    END LOOP;

    SELECT jsonb_object_agg(
        c.name,
        CASE
            WHEN c.name = ANY (secrets) THEN '{"redacted": true}'::jsonb
            WHEN TG_OP = 'INSERT' THEN jsonb_build_object('new', new_row -> c.name)
            WHEN TG_OP = 'DELETE' THEN jsonb_build_object('old', old_row -> c.name)
            ELSE jsonb_build_object('old', old_row -> c.name, 'new', new_row -> c.name)
        END
    )
    INTO changed
    FROM jsonb_object_keys(old_row || new_row) AS c (name)
    WHERE c.name <> ALL (ignored)
        AND nullif(old_row -> c.name, 'null') IS DISTINCT FROM nullif(new_row -> c.name, 'null');

    IF changed IS NULL THEN
        RETURN NULL;
    END IF;

    INSERT INTO core.audit_logs (
        user_id,
        username,
        action,
        resource,
        resource_id,
        ip_address,
        user_agent,
        request_method,
        request_path,
        changes
    )
    VALUES (
        actor_id,
        coalesce((SELECT u.username FROM core.users AS u WHERE u.id = actor_id), session_user),
        lower(TG_OP),
        TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME,
        (
            SELECT left(string_agg((old_row || new_row) ->> k.name, '/' ORDER BY k.position), 100)
            FROM unnest(key_columns) WITH ORDINALITY AS k (name, position)
        ),
        left(nullif(current_setting('app.ip_address', true), ''), 50),
        nullif(current_setting('app.user_agent', true), ''),
        left(nullif(current_setting('app.request_method', true), ''), 10),
        left(nullif(current_setting('app.request_path', true), ''), 500),
        changed
    );

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION core.tg__audit() IS
    'Writes one entry of core.audit_logs a changed row: who (app.user_id, app.ip_address …), what, '
    'and the old and new values of the columns that changed. Never a secret''s value.';

REVOKE ALL ON FUNCTION core.tg__audit() FROM PUBLIC;

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON core.users
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{id}', '{password_hash,mfa_secret}', '{updated_at,last_login}');

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON core.projects
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{id}', '{}', '{updated_at}');

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON core.user_project_access
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{user_id,project_id}', '{}', '{updated_at}');

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON core.global_settings
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{key}', '{value:is_secret}', '{updated_at}');
