-- 0038_create_test_cycle_items
--
-- What:     atmosfera.test_cycle_items, its row security and grants.
-- Why:      001 §4.4, where a cycle takes a case of another project (defect 27).
-- Locks:    atmosfera.test_cycles SHARE ROW EXCLUSIVE, atmosfera.test_cases SHARE ROW EXCLUSIVE,
--           atmosfera.test_suites SHARE ROW EXCLUSIVE, core.users SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.test_cycle_items.

CREATE TABLE atmosfera.test_cycle_items (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    cycle_id bigint NOT NULL,
    test_case_id bigint NOT NULL,
    suite_id bigint,
    assigned_user_id bigint,
    status varchar(30) NOT NULL DEFAULT 'not-run',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT test_cycle_items_pkey PRIMARY KEY (id),
    CONSTRAINT test_cycle_items_project_id_id_key UNIQUE (project_id, id),
    CONSTRAINT test_cycle_items_cycle_id_project_id_test_case_id_key
        UNIQUE (cycle_id, project_id, test_case_id) INCLUDE (status),
    CONSTRAINT test_cycle_items_cycle_id_fkey FOREIGN KEY (project_id, cycle_id)
        REFERENCES atmosfera.test_cycles (project_id, id) ON DELETE CASCADE,
    CONSTRAINT test_cycle_items_test_case_id_fkey FOREIGN KEY (project_id, test_case_id)
        REFERENCES atmosfera.test_cases (project_id, id) ON DELETE CASCADE,
    CONSTRAINT test_cycle_items_suite_id_fkey FOREIGN KEY (project_id, suite_id)
        REFERENCES atmosfera.test_suites (project_id, id) ON DELETE SET NULL (suite_id),
    CONSTRAINT test_cycle_items_assigned_user_id_fkey FOREIGN KEY (assigned_user_id)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT test_cycle_items_status_check CHECK (
        status IN ('not-run', 'in-progress', 'passed', 'failed', 'blocked')
    )
);

COMMENT ON TABLE atmosfera.test_cycle_items IS
    'A test case in a test cycle, once. The unique key covers status, so that a cycle is '
    'counted from the index alone; project_id in it follows from cycle_id. The tenant''s '
    'existence follows from the cycle''s key.';
COMMENT ON COLUMN atmosfera.test_cycle_items.id IS
    'What test runs refer to, together with project_id.';
COMMENT ON COLUMN atmosfera.test_cycle_items.project_id IS
    'The tenant; left out, that of the cycle.';
COMMENT ON COLUMN atmosfera.test_cycle_items.cycle_id IS
    'The cycle; its items go with it.';
COMMENT ON COLUMN atmosfera.test_cycle_items.test_case_id IS
    'The case, of the same project; its items go with it.';
COMMENT ON COLUMN atmosfera.test_cycle_items.suite_id IS
    'The suite it was chosen by; NULL when none, or it was deleted.';
COMMENT ON COLUMN atmosfera.test_cycle_items.assigned_user_id IS
    'Who is to run it; NULL until somebody is.';
COMMENT ON COLUMN atmosfera.test_cycle_items.status IS
    'not-run, in-progress, passed, failed or blocked: that of the latest run. Until the first '
    'run it is what it is set to.';
COMMENT ON COLUMN atmosfera.test_cycle_items.created_at IS
    'When the row was written.';
COMMENT ON COLUMN atmosfera.test_cycle_items.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON atmosfera.test_cycle_items
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- 001's INSERT has no project_id. Invoker's rights: another tenant's test cycle is as
-- absent as one that does not exist. A project_id that is given is checked by the composite key.
CREATE FUNCTION atmosfera.tg_test_cycle_items__fill_project_id() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    SELECT parent.project_id
    INTO NEW.project_id
    FROM atmosfera.test_cycles AS parent
    WHERE parent.id = NEW.cycle_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no test cycle %', NEW.cycle_id
            USING
                ERRCODE = 'foreign_key_violation',
                HINT = 'It does not exist, or this session may not see it.';
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION atmosfera.tg_test_cycle_items__fill_project_id() IS
    'Takes the tenant from the test cycle when an INSERT does not name it.';

REVOKE ALL ON FUNCTION atmosfera.tg_test_cycle_items__fill_project_id() FROM PUBLIC;

CREATE TRIGGER tg_test_cycle_items__fill_project_id
BEFORE INSERT ON atmosfera.test_cycle_items
FOR EACH ROW
WHEN (NEW.project_id IS NULL)
EXECUTE FUNCTION atmosfera.tg_test_cycle_items__fill_project_id();

ALTER TABLE atmosfera.test_cycle_items ENABLE ROW LEVEL SECURITY;

CREATE POLICY test_cycle_items_members_select ON atmosfera.test_cycle_items
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY test_cycle_items_editors_insert ON atmosfera.test_cycle_items
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_cycle_items_editors_update ON atmosfera.test_cycle_items
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_cycle_items_editors_delete ON atmosfera.test_cycle_items
FOR DELETE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

GRANT
    SELECT,
    INSERT (
        project_id, cycle_id, test_case_id, suite_id, assigned_user_id, status
    ),
    UPDATE (
        suite_id, assigned_user_id, status
    ),
    DELETE
ON atmosfera.test_cycle_items TO authenticated_users;
GRANT SELECT ON atmosfera.test_cycle_items TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.test_cycle_items TO bulk_loader;
-- No UPDATE of cycle_id or test_case_id: the runs belong to that case in that cycle. An editor
-- also takes a case out of a cycle again.
