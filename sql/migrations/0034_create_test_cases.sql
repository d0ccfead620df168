-- 0034_create_test_cases
--
-- What:     atmosfera.test_cases with its search vector, row security and grants.
-- Why:      001 §4.2; a case can't be put into another tenant's suite (defect 27), its values are
--           checked (defect 25), and it is found by its words.
-- Locks:    core.projects SHARE ROW EXCLUSIVE, core.users SHARE ROW EXCLUSIVE,
--           atmosfera.test_suites SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.test_cases.

CREATE TABLE atmosfera.test_cases (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    suite_id bigint,
    user_id bigint DEFAULT core.current_user_id(),
    title varchar(200) NOT NULL,
    description text,
    preconditions text,
    steps jsonb NOT NULL DEFAULT '[]',
    expected_results text,
    actual_results text,
    priority varchar(20) NOT NULL DEFAULT 'medium',
    severity varchar(20) NOT NULL DEFAULT 'normal',
    status varchar(30) NOT NULL DEFAULT 'draft',
    ai_generated boolean NOT NULL DEFAULT false,
    automatable boolean,
    automation_status varchar(30),
    test_data jsonb NOT NULL DEFAULT '{}',
    search_vector tsvector NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT test_cases_pkey PRIMARY KEY (id),
    CONSTRAINT test_cases_project_id_id_key UNIQUE (project_id, id),
    CONSTRAINT test_cases_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT test_cases_suite_id_fkey FOREIGN KEY (project_id, suite_id)
        REFERENCES atmosfera.test_suites (project_id, id) ON DELETE SET NULL (suite_id),
    CONSTRAINT test_cases_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT test_cases_title_is_not_blank_check CHECK (title ~ '\S'),
    CONSTRAINT test_cases_steps_is_an_array_check CHECK (jsonb_typeof(steps) = 'array'),
    CONSTRAINT test_cases_priority_check CHECK (
        priority IN ('low', 'medium', 'high', 'critical')
    ),
    CONSTRAINT test_cases_severity_is_a_word_check CHECK (severity ~ '^[a-z]+([_-][a-z]+)*$'),
    CONSTRAINT test_cases_status_check CHECK (
        status IN ('draft', 'ready', 'in-progress', 'passed', 'failed', 'blocked', 'deprecated')
    ),
    CONSTRAINT test_cases_automation_status_is_a_word_check CHECK (
        automation_status ~ '^[a-z]+([_-][a-z]+)*$'
    ),
    CONSTRAINT test_cases_test_data_is_an_object_check CHECK (jsonb_typeof(test_data) = 'object')
);

COMMENT ON TABLE atmosfera.test_cases IS
    'What is to be tested, and how. Executions are test_runs, through the items of a cycle.';
COMMENT ON COLUMN atmosfera.test_cases.id IS
    'What cycle items and Jira links refer to, together with project_id.';
COMMENT ON COLUMN atmosfera.test_cases.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.test_cases.suite_id IS
    'The suite, of the same project; NULL when it has none, or its suite was deleted.';
COMMENT ON COLUMN atmosfera.test_cases.user_id IS
    'Who wrote it; left out, the session''s person (NULL without one). Kept when they leave.';
COMMENT ON COLUMN atmosfera.test_cases.title IS
    'One line; found with weight A.';
COMMENT ON COLUMN atmosfera.test_cases.description IS
    'More about it; found with weight B.';
COMMENT ON COLUMN atmosfera.test_cases.preconditions IS
    'What must hold before the first step.';
COMMENT ON COLUMN atmosfera.test_cases.steps IS
    'The steps, an array in order. Not indexed: containment in it is misestimated, and a '
    'project''s cases are found quicker by their project.';
COMMENT ON COLUMN atmosfera.test_cases.expected_results IS
    'What should happen.';
COMMENT ON COLUMN atmosfera.test_cases.actual_results IS
    'What happened, in words, when the product keeps it here.';
COMMENT ON COLUMN atmosfera.test_cases.priority IS
    'low, medium, high or critical. 001 names medium only.';
COMMENT ON COLUMN atmosfera.test_cases.severity IS
    'How bad a failure is; normal unless said otherwise. 001 lists no others, so any lower-case '
    'word is taken.';
COMMENT ON COLUMN atmosfera.test_cases.status IS
    'draft, ready, in-progress, passed, failed, blocked or deprecated: the case''s own, set by '
    'people. What a cycle found is test_cycle_items.status.';
COMMENT ON COLUMN atmosfera.test_cases.ai_generated IS
    'True when a model proposed it.';
COMMENT ON COLUMN atmosfera.test_cases.automatable IS
    'Can it be automated? NULL until somebody decided.';
COMMENT ON COLUMN atmosfera.test_cases.automation_status IS
    'How far automation is; 001 lists no values, so any lower-case word is taken.';
COMMENT ON COLUMN atmosfera.test_cases.test_data IS
    'Data the steps use, one object.';
COMMENT ON COLUMN atmosfera.test_cases.search_vector IS
    'title (A) and description (B) as English words, kept by trigger; read by '
    'atmosfera.search_test_cases().';
COMMENT ON COLUMN atmosfera.test_cases.created_at IS
    'When the row was written.';
COMMENT ON COLUMN atmosfera.test_cases.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON atmosfera.test_cases
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- A tsvector holds 1 MB, so the description counts with its first 150,000 characters.
CREATE FUNCTION atmosfera.tg_test_cases__set_search_vector() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.search_vector :=
        setweight(to_tsvector('pg_catalog.english', NEW.title), 'A')
        || setweight(
            to_tsvector('pg_catalog.english', left(coalesce(NEW.description, ''), 150000)), 'B'
        );

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION atmosfera.tg_test_cases__set_search_vector() IS
    'Keeps search_vector. Not run by changes of other columns.';

REVOKE ALL ON FUNCTION atmosfera.tg_test_cases__set_search_vector() FROM PUBLIC;

CREATE TRIGGER tg_test_cases__set_search_vector
BEFORE INSERT OR UPDATE OF title, description, search_vector ON atmosfera.test_cases
FOR EACH ROW
EXECUTE FUNCTION atmosfera.tg_test_cases__set_search_vector();

-- Texts of a project are named when they change, never copied: administrators read the audit
-- trail, and no project's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON atmosfera.test_cases
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{id}',
    '{title,description,preconditions,steps,expected_results,actual_results,test_data}',
    '{updated_at,search_vector}'
);

ALTER TABLE atmosfera.test_cases ENABLE ROW LEVEL SECURITY;

CREATE POLICY test_cases_members_select ON atmosfera.test_cases
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY test_cases_editors_insert ON atmosfera.test_cases
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_cases_editors_update ON atmosfera.test_cases
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_cases_managers_delete ON atmosfera.test_cases
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
        project_id, suite_id, user_id, title, description, preconditions, steps,
        expected_results, actual_results, priority, severity, status, ai_generated, automatable,
        automation_status, test_data
    ),
    UPDATE (
        suite_id, title, description, preconditions, steps, expected_results, actual_results,
        priority, severity, status, ai_generated, automatable, automation_status, test_data
    ),
    DELETE
ON atmosfera.test_cases TO authenticated_users;
GRANT SELECT ON atmosfera.test_cases TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.test_cases TO bulk_loader;
-- No UPDATE of project_id: a row doesn't move to another tenant. search_vector is the trigger's.
