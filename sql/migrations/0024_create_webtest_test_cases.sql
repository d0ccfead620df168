-- 0024_create_webtest_test_cases
--
-- What:     webtest.test_cases with its label, search vector, row security and grants; and
--           webtest.default_project_id().
-- Why:      000 §1.2. The millionth label must fit (defect 22), a case outlives its author
--           (defect 17), and the vector is kept for every row, and only when its text changes
--           (defect 47).
-- Locks:    core.users SHARE ROW EXCLUSIVE, core.projects SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every test case.

CREATE FUNCTION webtest.default_project_id() RETURNS bigint
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN coalesce(
    nullif(pg_catalog.current_setting('app.project_id', true), '')::bigint,
    (
        SELECT min(a.project_id)
        FROM core.user_project_access AS a
        WHERE a.user_id = core.current_user_id()
            AND a.access_level IN ('editor', 'manager')
        HAVING count(*) = 1
    )
);

COMMENT ON FUNCTION webtest.default_project_id() IS
    'The project of a row whose INSERT names none and that has no parent: the setting '
    'app.project_id, else the only project the session''s person may write to, else NULL, which '
    'NOT NULL then refuses. Policies check it like one that was given.';

REVOKE ALL ON FUNCTION webtest.default_project_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webtest.default_project_id() TO authenticated_users, bulk_loader;

CREATE TABLE webtest.test_cases (
    id bigint GENERATED ALWAYS AS IDENTITY,
    test_id varchar(20) NOT NULL,
    project_id bigint NOT NULL,
    title varchar(255) NOT NULL,
    description text NOT NULL,
    test_type varchar(20) NOT NULL,
    priority varchar(10) NOT NULL DEFAULT 'medium',
    status varchar(50) NOT NULL DEFAULT 'active',
    code text,
    expected_output text,
    tags text[],
    estimated_duration integer,
    created_by bigint DEFAULT core.current_user_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    tsv tsvector NOT NULL,
    CONSTRAINT test_cases_pkey PRIMARY KEY (id) INCLUDE (project_id, title),
    CONSTRAINT test_cases_test_id_key UNIQUE (test_id),
    CONSTRAINT test_cases_project_id_id_key UNIQUE (project_id, id),
    CONSTRAINT test_cases_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT test_cases_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES core.users (id) ON DELETE SET NULL,
    CONSTRAINT test_cases_test_id_is_a_label_check CHECK (test_id ~ '^TEST-[0-9]{6,}$'),
    CONSTRAINT test_cases_test_type_check CHECK (
        test_type IN ('unit', 'integration', 'e2e', 'performance')
    ),
    CONSTRAINT test_cases_priority_check CHECK (priority IN ('high', 'medium', 'low')),
    CONSTRAINT test_cases_status_check CHECK (status IN ('active', 'inactive', 'deprecated'))
);

COMMENT ON TABLE webtest.test_cases IS
    'What is tested, and how. Its primary key carries title and project, so that the dashboard '
    'reads the index alone.';
COMMENT ON COLUMN webtest.test_cases.id IS
    'The key executions refer to; also the number of a generated label.';
COMMENT ON COLUMN webtest.test_cases.test_id IS
    'The label people use: TEST- and at least six digits, unique over all projects. Left out, it '
    'is made from id.';
COMMENT ON COLUMN webtest.test_cases.project_id IS
    'The tenant; a case is never moved to another.';
COMMENT ON COLUMN webtest.test_cases.title IS
    'One line; weighs most in a search (A).';
COMMENT ON COLUMN webtest.test_cases.description IS
    'What the case shows, in words; searched too (B).';
COMMENT ON COLUMN webtest.test_cases.test_type IS
    'unit, integration, e2e or performance; only some of them have a browser.';
COMMENT ON COLUMN webtest.test_cases.priority IS
    'high, medium or low: what to run first.';
COMMENT ON COLUMN webtest.test_cases.status IS
    'active cases are run and listed; inactive ones wait; deprecated ones are kept for history.';
COMMENT ON COLUMN webtest.test_cases.code IS
    'The test''s source, where it is kept here.';
COMMENT ON COLUMN webtest.test_cases.expected_output IS
    'What a pass looks like.';
COMMENT ON COLUMN webtest.test_cases.tags IS
    'Free words for grouping.';
COMMENT ON COLUMN webtest.test_cases.estimated_duration IS
    'Seconds its author expects; what it took is in webtest.test_executions.execution_time.';
COMMENT ON COLUMN webtest.test_cases.created_by IS
    'Its author: the session''s person where the INSERT names none. NULL once they are deleted.';
COMMENT ON COLUMN webtest.test_cases.created_at IS
    'When the case was written.';
COMMENT ON COLUMN webtest.test_cases.updated_at IS
    'Last change to the row, kept by trigger.';
COMMENT ON COLUMN webtest.test_cases.tsv IS
    'English search vector of title (A) and description (B), kept by trigger. Search by '
    'webtest.search_test_cases(): under row security @@ alone can''t use the index.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON webtest.test_cases
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Definer rights: a label is unique over all projects, also those the session can't see. One that
-- was given by hand is stepped over together with its number.
CREATE FUNCTION webtest.tg_test_cases__default_test_id() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    LOOP
        NEW.test_id := 'TEST-' || lpad(NEW.id::text, greatest(6, length(NEW.id::text)), '0');

        EXIT WHEN NOT EXISTS (
            SELECT
            FROM webtest.test_cases AS c
            WHERE c.test_id = NEW.test_id
        );

        NEW.id := nextval(pg_get_serial_sequence('webtest.test_cases', 'id'));
    END LOOP;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION webtest.tg_test_cases__default_test_id() IS
    'Makes the label of a case that was given none: TEST- and its number, padded to six digits.';

REVOKE ALL ON FUNCTION webtest.tg_test_cases__default_test_id() FROM PUBLIC;

CREATE TRIGGER tg_test_cases__default_test_id
BEFORE INSERT ON webtest.test_cases
FOR EACH ROW
WHEN (NEW.test_id IS NULL)
EXECUTE FUNCTION webtest.tg_test_cases__default_test_id();

CREATE FUNCTION webtest.tg_test_cases__set_tsv() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.tsv :=
        pg_catalog.setweight(pg_catalog.to_tsvector('pg_catalog.english', NEW.title), 'A')
        OPERATOR(pg_catalog.||)
        pg_catalog.setweight(pg_catalog.to_tsvector('pg_catalog.english', NEW.description), 'B');
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION webtest.tg_test_cases__set_tsv() IS
    'Keeps the search vector: title weighs A, description B.';

REVOKE ALL ON FUNCTION webtest.tg_test_cases__set_tsv() FROM PUBLIC;

CREATE TRIGGER tg_test_cases__set_tsv
BEFORE INSERT OR UPDATE OF title, description ON webtest.test_cases
FOR EACH ROW
EXECUTE FUNCTION webtest.tg_test_cases__set_tsv();

ALTER TABLE webtest.test_cases ENABLE ROW LEVEL SECURITY;

CREATE POLICY test_cases_viewers_select ON webtest.test_cases
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

-- In one's own name, or in nobody's.
CREATE POLICY test_cases_editors_insert ON webtest.test_cases
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
    AND (created_by IS NULL OR created_by = (SELECT core.current_user_id()))
);

CREATE POLICY test_cases_editors_update ON webtest.test_cases
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

-- With its executions, so not for editors: they set status = 'deprecated'.
CREATE POLICY test_cases_managers_delete ON webtest.test_cases
FOR DELETE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level = 'manager'
    )
);

GRANT SELECT, DELETE ON webtest.test_cases TO authenticated_users;
GRANT
    INSERT (
        test_id, project_id, title, description, test_type, priority, status, code,
        expected_output, tags, estimated_duration, created_by
    ),
    UPDATE (
        title, description, test_type, priority, status, code, expected_output, tags,
        estimated_duration
    )
ON webtest.test_cases TO authenticated_users;
GRANT SELECT ON webtest.test_cases TO readonly_users;
GRANT SELECT, INSERT ON webtest.test_cases TO bulk_loader;
-- No UPDATE of project_id or test_id: executions, reports and people hold on to them.
