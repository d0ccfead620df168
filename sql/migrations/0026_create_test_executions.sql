-- 0026_create_test_executions
--
-- What:     webtest.test_executions with its project filled from the test, row security and grants.
-- Why:      000 §1.2, where a pending or running test can't be stored (defect 19), nor a 0.02 s or
--           a skipped one (defect 20), nor one without a browser (defect 21), and where a row may
--           name a test of another project (defect 23).
-- Locks:    core.users SHARE ROW EXCLUSIVE, webtest.test_cases SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every execution.

CREATE TABLE webtest.test_executions (
    id bigint GENERATED ALWAYS AS IDENTITY,
    execution_id varchar(30) NOT NULL,
    test_id bigint NOT NULL,
    project_id bigint NOT NULL,
    user_id bigint DEFAULT core.current_user_id(),
    result varchar(10) NOT NULL,
    execution_time double precision,
    started_at timestamptz,
    completed_at timestamptz,
    browser varchar(20),
    error_message text,
    screenshots text[],
    logs text,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Only ever appended to: no page needs room for a row between two others.
    CONSTRAINT test_executions_pkey PRIMARY KEY (id) WITH (fillfactor = 100),
    CONSTRAINT test_executions_execution_id_key UNIQUE (execution_id),
    -- The project comes with the case: no third foreign key, which would cost more than an index.
    CONSTRAINT test_executions_project_id_test_id_fkey FOREIGN KEY (project_id, test_id)
        REFERENCES webtest.test_cases (project_id, id) ON DELETE CASCADE,
    CONSTRAINT test_executions_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE SET NULL,
    CONSTRAINT test_executions_execution_id_is_not_blank_check CHECK (execution_id ~ '\S'),
    CONSTRAINT test_executions_result_check CHECK (
        result IN ('pending', 'running', 'pass', 'fail', 'skip', 'error')
    ),
    CONSTRAINT test_executions_execution_time_is_a_duration_check CHECK (
        execution_time >= 0
        AND execution_time < 'Infinity'
    ),
    CONSTRAINT test_executions_only_pending_is_not_started_check CHECK (
        started_at IS NOT NULL
        OR result = 'pending'
    ),
    CONSTRAINT test_executions_finished_has_an_end_check CHECK (
        (completed_at IS NULL) = (result IN ('pending', 'running'))
    ),
    CONSTRAINT test_executions_ends_after_its_start_check CHECK (completed_at >= started_at),
    CONSTRAINT test_executions_browser_check CHECK (
        browser IN ('chrome', 'firefox', 'edge', 'safari', 'webkit')
    )
);

COMMENT ON TABLE webtest.test_executions IS
    'One run of one test case, from pending to its result. The high-volume table: one table, so '
    'that execution_id is unique; old rows are deleted in batches.';
COMMENT ON COLUMN webtest.test_executions.id IS
    'Key within the database.';
COMMENT ON COLUMN webtest.test_executions.execution_id IS
    'The name the test runner gave the run; unique over all projects.';
COMMENT ON COLUMN webtest.test_executions.test_id IS
    'The case: webtest.test_cases.id, not its label.';
COMMENT ON COLUMN webtest.test_executions.project_id IS
    'The case''s project; filled from the case where the INSERT does not give it.';
COMMENT ON COLUMN webtest.test_executions.user_id IS
    'Who started it: the session''s person where the INSERT names none. NULL once they are deleted.';
COMMENT ON COLUMN webtest.test_executions.result IS
    'pending, running; then pass, fail, skip or error (the test itself broke).';
COMMENT ON COLUMN webtest.test_executions.execution_time IS
    'Seconds the test took, by the runner''s own clock; NULL where it did not measure.';
COMMENT ON COLUMN webtest.test_executions.started_at IS
    'When it began; may be NULL while it is pending.';
COMMENT ON COLUMN webtest.test_executions.completed_at IS
    'When it ended; NULL exactly while it is pending or running.';
COMMENT ON COLUMN webtest.test_executions.browser IS
    'chrome, firefox, edge, safari or webkit; NULL for a test without a browser.';
COMMENT ON COLUMN webtest.test_executions.error_message IS
    'What failed, in full. Never indexed: the longest messages are the ones that matter.';
COMMENT ON COLUMN webtest.test_executions.screenshots IS
    'Where the pictures are; not the pictures.';
COMMENT ON COLUMN webtest.test_executions.logs IS
    'The run''s output.';
COMMENT ON COLUMN webtest.test_executions.created_at IS
    'When the row was written; the order of every list.';

-- Invoker rights: a case that the session can't see gives no project.
CREATE FUNCTION webtest.tg_test_executions__fill_project() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    SELECT c.project_id
    INTO NEW.project_id
    FROM webtest.test_cases AS c
    WHERE c.id = NEW.test_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no test case %', NEW.test_id
            USING
                ERRCODE = 'foreign_key_violation',
                HINT = 'test_id is webtest.test_cases.id, and app.user_id must be able to see it.';
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION webtest.tg_test_executions__fill_project() IS
    'The project of an execution is that of its case.';

REVOKE ALL ON FUNCTION webtest.tg_test_executions__fill_project() FROM PUBLIC;

CREATE TRIGGER tg_test_executions__fill_project
BEFORE INSERT ON webtest.test_executions
FOR EACH ROW
WHEN (NEW.project_id IS NULL)
EXECUTE FUNCTION webtest.tg_test_executions__fill_project();

ALTER TABLE webtest.test_executions ENABLE ROW LEVEL SECURITY;

CREATE POLICY test_executions_viewers_select ON webtest.test_executions
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

-- In one's own name, or in nobody's.
CREATE POLICY test_executions_editors_insert ON webtest.test_executions
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
    AND (user_id IS NULL OR user_id = (SELECT core.current_user_id()))
);

CREATE POLICY test_executions_editors_update ON webtest.test_executions
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_executions_managers_delete ON webtest.test_executions
FOR DELETE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level = 'manager'
    )
);

GRANT SELECT, DELETE ON webtest.test_executions TO authenticated_users;
GRANT
    INSERT (
        execution_id, test_id, project_id, user_id, result, execution_time, started_at,
        completed_at, browser, error_message, screenshots, logs
    ),
    UPDATE (
        result, execution_time, started_at, completed_at, browser, error_message, screenshots, logs
    )
ON webtest.test_executions TO authenticated_users;
GRANT SELECT ON webtest.test_executions TO readonly_users;
GRANT SELECT, INSERT ON webtest.test_executions TO bulk_loader;
-- No UPDATE of what was run, by whom and when: a result changes, its history does not.
