-- 0036_create_test_cycles
--
-- What:     atmosfera.test_cycles, its row security and grants.
-- Why:      001 §4.3; its values, its dates' order and the form of its test data are checked
--           (defect 25).
-- Locks:    core.projects SHARE ROW EXCLUSIVE, core.users SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.test_cycles.

CREATE TABLE atmosfera.test_cycles (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    user_id bigint DEFAULT core.current_user_id(),
    name varchar(100) NOT NULL,
    description text,
    status varchar(30) NOT NULL DEFAULT 'created',
    start_date timestamptz,
    end_date timestamptz,
    testing_mode varchar(30) NOT NULL DEFAULT 'manual',
    test_deployment_url text,
    test_data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT test_cycles_pkey PRIMARY KEY (id),
    CONSTRAINT test_cycles_project_id_id_key UNIQUE (project_id, id),
    CONSTRAINT test_cycles_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT test_cycles_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT test_cycles_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT test_cycles_status_check CHECK (
        status IN ('created', 'in-progress', 'completed', 'archived')
    ),
    CONSTRAINT test_cycles_end_is_not_before_start_check CHECK (end_date >= start_date),
    CONSTRAINT test_cycles_testing_mode_check CHECK (
        testing_mode IN ('manual', 'ai-assisted-manual', 'automated')
    ),
    CONSTRAINT test_cycles_test_data_is_an_object_check CHECK (
        jsonb_typeof(test_data) = 'object'
    ),
    CONSTRAINT test_cycles_test_data_has_values_check CHECK (
        NOT jsonb_path_exists(test_data, 'strict $.* ? (@.type() != "object")', '{}', true)
        AND NOT jsonb_path_exists(test_data, '$.* ? (!exists(@.value))')
    )
);

COMMENT ON TABLE atmosfera.test_cycles IS
    'A period of test execution: which cases, when, how and against what.';
COMMENT ON COLUMN atmosfera.test_cycles.id IS
    'What cycle items refer to, together with project_id.';
COMMENT ON COLUMN atmosfera.test_cycles.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.test_cycles.user_id IS
    'Who made it; left out, the session''s person (NULL without one). Kept when they leave.';
COMMENT ON COLUMN atmosfera.test_cycles.name IS
    'For people; two cycles may share it.';
COMMENT ON COLUMN atmosfera.test_cycles.description IS
    'What the cycle is for.';
COMMENT ON COLUMN atmosfera.test_cycles.status IS
    'created, in-progress, completed or archived.';
COMMENT ON COLUMN atmosfera.test_cycles.start_date IS
    'When execution starts; NULL while not planned.';
COMMENT ON COLUMN atmosfera.test_cycles.end_date IS
    'When it ends, not before start_date.';
COMMENT ON COLUMN atmosfera.test_cycles.testing_mode IS
    'manual, ai-assisted-manual or automated.';
COMMENT ON COLUMN atmosfera.test_cycles.test_deployment_url IS
    'What is tested, where it runs.';
COMMENT ON COLUMN atmosfera.test_cycles.test_data IS
    '{name: {value, description}}. Readable by the whole project, so no place for a real '
    'secret.';
COMMENT ON COLUMN atmosfera.test_cycles.created_at IS
    'When the row was written.';
COMMENT ON COLUMN atmosfera.test_cycles.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON atmosfera.test_cycles
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Texts of a project are named when they change, never copied: administrators read the audit
-- trail, and no project's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON atmosfera.test_cycles
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{id}',
    '{name,description,test_deployment_url,test_data}',
    '{updated_at}'
);

ALTER TABLE atmosfera.test_cycles ENABLE ROW LEVEL SECURITY;

CREATE POLICY test_cycles_members_select ON atmosfera.test_cycles
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY test_cycles_editors_insert ON atmosfera.test_cycles
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_cycles_editors_update ON atmosfera.test_cycles
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_cycles_managers_delete ON atmosfera.test_cycles
FOR DELETE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level = 'manager'
    )
);

GRANT
    SELECT,
    INSERT (
        project_id, user_id, name, description, status, start_date, end_date, testing_mode,
        test_deployment_url, test_data
    ),
    UPDATE (
        name, description, status, start_date, end_date, testing_mode, test_deployment_url,
        test_data
    ),
    DELETE
ON atmosfera.test_cycles TO authenticated_users;
GRANT SELECT ON atmosfera.test_cycles TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.test_cycles TO bulk_loader;
-- No UPDATE of project_id: a row doesn't move to another tenant.
