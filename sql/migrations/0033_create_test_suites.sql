-- 0033_create_test_suites
--
-- What:     atmosfera.test_suites, its row security and grants.
-- Why:      001 §4.1; the tenant is never absent (defect 27), and the value sets are checked
--           (defect 25).
-- Locks:    core.projects SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.test_suites.

CREATE TABLE atmosfera.test_suites (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    name varchar(100) NOT NULL,
    description text,
    project_area varchar(50),
    priority varchar(20) NOT NULL DEFAULT 'medium',
    status varchar(30) NOT NULL DEFAULT 'active',
    coverage_requirements jsonb NOT NULL DEFAULT '[]',
    ai_generated boolean NOT NULL DEFAULT false,
    tags jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT test_suites_pkey PRIMARY KEY (id),
    CONSTRAINT test_suites_project_id_id_key UNIQUE (project_id, id),
    CONSTRAINT test_suites_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT test_suites_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT test_suites_priority_check CHECK (
        priority IN ('low', 'medium', 'high', 'critical')
    ),
    CONSTRAINT test_suites_status_is_a_word_check CHECK (status ~ '^[a-z]+([_-][a-z]+)*$'),
    CONSTRAINT test_suites_coverage_requirements_is_an_array_check CHECK (
        jsonb_typeof(coverage_requirements) = 'array'
    ),
    CONSTRAINT test_suites_tags_is_an_array_check CHECK (jsonb_typeof(tags) = 'array')
);

COMMENT ON TABLE atmosfera.test_suites IS
    'A named group of a project''s test cases.';
COMMENT ON COLUMN atmosfera.test_suites.id IS
    'What cases and cycle items refer to, together with project_id.';
COMMENT ON COLUMN atmosfera.test_suites.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.test_suites.name IS
    'For people; two suites may share it.';
COMMENT ON COLUMN atmosfera.test_suites.description IS
    'What the suite covers.';
COMMENT ON COLUMN atmosfera.test_suites.project_area IS
    'The part of the product it belongs to; free text.';
COMMENT ON COLUMN atmosfera.test_suites.priority IS
    'low, medium, high or critical. 001 names medium only.';
COMMENT ON COLUMN atmosfera.test_suites.status IS
    'active unless said otherwise. 001 lists no others, so any lower-case word is taken.';
COMMENT ON COLUMN atmosfera.test_suites.coverage_requirements IS
    'What the suite must cover, an array.';
COMMENT ON COLUMN atmosfera.test_suites.ai_generated IS
    'True when a model proposed it.';
COMMENT ON COLUMN atmosfera.test_suites.tags IS
    'Labels, an array of strings.';
COMMENT ON COLUMN atmosfera.test_suites.created_at IS
    'When the row was written.';
COMMENT ON COLUMN atmosfera.test_suites.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON atmosfera.test_suites
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Texts of a project are named when they change, never copied: administrators read the audit
-- trail, and no project's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON atmosfera.test_suites
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{id}',
    '{name,description,project_area,coverage_requirements,tags}',
    '{updated_at}'
);

ALTER TABLE atmosfera.test_suites ENABLE ROW LEVEL SECURITY;

CREATE POLICY test_suites_members_select ON atmosfera.test_suites
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY test_suites_editors_insert ON atmosfera.test_suites
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_suites_editors_update ON atmosfera.test_suites
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_suites_managers_delete ON atmosfera.test_suites
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
        project_id, name, description, project_area, priority, status, coverage_requirements,
        ai_generated, tags
    ),
    UPDATE (
        name, description, project_area, priority, status, coverage_requirements, ai_generated,
        tags
    ),
    DELETE
ON atmosfera.test_suites TO authenticated_users;
GRANT SELECT ON atmosfera.test_suites TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.test_suites TO bulk_loader;
-- No UPDATE of project_id: a row doesn't move to another tenant.
