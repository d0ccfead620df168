-- 0080_create_project_payloads
--
-- What:     apex.project_payloads with its account filled from the project, row security and grants;
--           and apex.tg__fill_account().
-- Why:      002 §2 and §6. A payload can't belong to another account's project: a composite key.
-- Locks:    apex.projects SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every payload.

-- Invoker rights: a project that the session can't see gives no account.
CREATE FUNCTION apex.tg__fill_account() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    SELECT p.account_id
    INTO NEW.account_id
    FROM apex.projects AS p
    WHERE p.project_id = NEW.project_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no project %', NEW.project_id
            USING
                ERRCODE = 'foreign_key_violation',
                HINT = 'project_id is apex.projects.project_id, and app.user_id must be able to '
                    'see it.';
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION apex.tg__fill_account() IS
    'The account of a row that names none is that of its project.';

REVOKE ALL ON FUNCTION apex.tg__fill_account() FROM PUBLIC;

CREATE TABLE apex.project_payloads (
    payload_id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL,
    project_id bigint NOT NULL,
    module varchar(100) NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT project_payloads_pkey PRIMARY KEY (payload_id),
    CONSTRAINT project_payloads_account_id_project_id_fkey FOREIGN KEY (account_id, project_id)
        REFERENCES apex.projects (account_id, project_id) ON DELETE CASCADE,
    CONSTRAINT project_payloads_module_is_not_blank_check CHECK (module ~ '\S'),
    CONSTRAINT project_payloads_payload_is_an_object_or_array_check CHECK (
        jsonb_typeof(payload) IN ('object', 'array')
    )
);

COMMENT ON TABLE apex.project_payloads IS
    'What a module of the estimator was given for a project, or made of it. A module may have '
    'several in one project; the latest counts.';
COMMENT ON COLUMN apex.project_payloads.payload_id IS
    'Tells payloads apart; the newest is the highest.';
COMMENT ON COLUMN apex.project_payloads.account_id IS
    'The tenant: the project''s account, filled from the project where the INSERT names none.';
COMMENT ON COLUMN apex.project_payloads.project_id IS
    'The project, of the same account; its payloads go with it.';
COMMENT ON COLUMN apex.project_payloads.module IS
    'The estimator''s own name for the part that reads or wrote it.';
COMMENT ON COLUMN apex.project_payloads.payload IS
    'An object or an array, the module''s own. Search by apex.search_payloads(): under row '
    'security @> alone can''t use the index.';
COMMENT ON COLUMN apex.project_payloads.created_at IS
    'When the row was written.';
COMMENT ON COLUMN apex.project_payloads.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON apex.project_payloads
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE TRIGGER tg__fill_account
BEFORE INSERT ON apex.project_payloads
FOR EACH ROW
WHEN (NEW.account_id IS NULL)
EXECUTE FUNCTION apex.tg__fill_account();

ALTER TABLE apex.project_payloads ENABLE ROW LEVEL SECURITY;

CREATE POLICY project_payloads_viewers_select ON apex.project_payloads
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(account_id IN (SELECT m.account_id FROM apex.session_access AS m), false) IS NOT NULL
);

CREATE POLICY project_payloads_editors_insert ON apex.project_payloads
FOR INSERT TO authenticated_users
WITH CHECK (
    account_id IN (
        SELECT m.account_id
        FROM apex.session_access AS m
        WHERE m.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY project_payloads_editors_update ON apex.project_payloads
FOR UPDATE TO authenticated_users
USING (
    account_id IN (
        SELECT m.account_id
        FROM apex.session_access AS m
        WHERE m.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY project_payloads_managers_delete ON apex.project_payloads
FOR DELETE TO authenticated_users
USING (
    account_id IN (
        SELECT m.account_id
        FROM apex.session_access AS m
        WHERE m.access_level = 'manager'
    )
);

GRANT SELECT, DELETE ON apex.project_payloads TO authenticated_users;
GRANT
    INSERT (account_id, project_id, module, payload),
    UPDATE (module, payload)
ON apex.project_payloads TO authenticated_users;
GRANT SELECT ON apex.project_payloads TO readonly_users;
GRANT SELECT, INSERT ON apex.project_payloads TO bulk_loader;
-- No UPDATE of account_id or project_id: a payload stays where it was made.
