-- 0022_create_erase_user
--
-- What:     ops.erasure_policies, what becomes of each reference to a person who is erased, and
--           core.erase_user(), the right to be forgotten, which carries it out.
-- Why:      000 keeps a person's name and address after they are gone, and what it calls erasure
--           fails on NOT NULL (defects 17, 37); 001 can't remove anybody who did anything (28).
-- Locks:    nothing that existed before
-- Data:     4 reference rows in ops.erasure_policies
-- Rollback: loses the policies; who was erased stays erased.

CREATE TABLE ops.erasure_policies (
    schema_name name NOT NULL,
    table_name name NOT NULL,
    column_name name NOT NULL,
    action text NOT NULL,
    blanked name[] NOT NULL DEFAULT '{}',
    reason text NOT NULL,
    CONSTRAINT erasure_policies_pkey PRIMARY KEY (schema_name, table_name, column_name),
    CONSTRAINT erasure_policies_action_check CHECK (action IN ('keep', 'blank', 'delete')),
    CONSTRAINT erasure_policies_blank_names_columns_check CHECK (
        (action = 'blank') = (cardinality(blanked) > 0)
    ),
    CONSTRAINT erasure_policies_reason_is_not_blank_check CHECK (reason ~ '\S')
);

COMMENT ON TABLE ops.erasure_policies IS
    'One row for each column that says which person: what core.erase_user() does with their rows. A '
    'migration that adds a foreign key to core.users adds its row here; a rule in tests/rules/ '
    'insists.';
COMMENT ON COLUMN ops.erasure_policies.schema_name IS
    'Schema of the referring table.';
COMMENT ON COLUMN ops.erasure_policies.table_name IS
    'The table that refers to a person.';
COMMENT ON COLUMN ops.erasure_policies.column_name IS
    'The column that does: a bigint holds core.users.id, a uuid core.users.user_id, a text their '
    'username or e-mail.';
COMMENT ON COLUMN ops.erasure_policies.action IS
    'keep: the row stays and refers to a pseudonym; blank: so, and the named columns are emptied; '
    'delete: the row goes.';
COMMENT ON COLUMN ops.erasure_policies.blanked IS
    'Columns that blank empties: NULL, or where that is not allowed {} or [erased].';
COMMENT ON COLUMN ops.erasure_policies.reason IS
    'Why, for whoever has to answer for it.';

GRANT SELECT ON ops.erasure_policies TO monitoring;

INSERT INTO ops.erasure_policies (schema_name, table_name, column_name, action, blanked, reason)
VALUES
    ('core', 'projects', 'owner_id', 'keep', '{}',
     'the project belongs to its people; core.transfer_project() gives it a new owner'),
    ('core', 'user_project_access', 'user_id', 'delete', '{}',
     'somebody who is nobody has no rights'),
    ('core', 'project_members', 'user_id', 'keep', '{}',
     'lists of what was done go on showing that it was somebody'),
    ('core', 'audit_logs', 'user_id', 'blank', '{username, ip_address, user_agent, request_path}',
     'what was done is evidence, who did it is personal');

-- Definer rights; and, while it rewrites append-only tables, the setting that core.tg__append_only()
-- looks for.
CREATE FUNCTION core.erase_user(p_user_id bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    person       core.users;
    policy       record;
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

    PERFORM set_config('footing.erasing', 'on', true);

    FOR policy IN
        SELECT
            format('%I.%I', e.schema_name, e.table_name) AS table_name,
            e.column_name,
            e.action,
            CASE k.atttypid
                WHEN 'bigint'::regtype THEN '%I = $1'
                WHEN 'uuid'::regtype THEN '%I = $2'
                ELSE 'lower(%I) IN (lower($3), lower($4))'
            END AS of_person,
            (
                SELECT string_agg(
                    format(
                        '%I = %s',
                        a.attname,
                        CASE
                            WHEN NOT a.attnotnull THEN 'NULL'
                            WHEN a.atttypid = 'jsonb'::regtype THEN $empty$'{}'$empty$
                            ELSE $empty$'[erased]'$empty$
                        END
                    ),
                    ', '
                )
                FROM pg_attribute AS a
                WHERE a.attrelid = k.attrelid
                    AND a.attname = ANY (e.blanked)
            ) AS emptied
        FROM ops.erasure_policies AS e
        INNER JOIN pg_attribute AS k
            ON k.attrelid = format('%I.%I', e.schema_name, e.table_name)::regclass
            AND k.attname = e.column_name
        WHERE e.action <> 'keep'
        ORDER BY e.schema_name, e.table_name, e.column_name
    LOOP
        EXECUTE
            CASE policy.action
                WHEN 'delete' THEN format('DELETE FROM %s', policy.table_name)
                ELSE format('UPDATE %s SET %s', policy.table_name, policy.emptied)
            END
            || format(' WHERE ' || policy.of_person, policy.column_name)
        USING person.id, person.user_id, person.username, person.email;
    END LOOP;

    -- What they tried before they were logged in: the whole log is read, once.
    UPDATE core.audit_logs AS l
    SET
        username = NULL,
        ip_address = NULL,
        user_agent = NULL,
        request_path = NULL
    WHERE l.user_id IS NULL
        AND l.action NOT IN ('insert', 'update', 'delete')  -- there it is a database login
        AND lower(l.username) IN (lower(person.username), lower(person.email));

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
    'it was goes, in the audit trail and in every table of ops.erasure_policies. Projects they own '
    'stay so until core.transfer_project(). Reads the whole audit trail, so run it when there is '
    'time. For administrators.';

REVOKE ALL ON FUNCTION core.erase_user(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.erase_user(bigint) TO authenticated_users;
