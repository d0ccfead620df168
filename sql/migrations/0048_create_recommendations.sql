-- 0048_create_recommendations
--
-- What:     atmosfera.recommendations, its row security and grants.
-- Why:      001 §6.1; a confidence of 7 is refused (defect 25).
-- Locks:    core.projects SHARE ROW EXCLUSIVE, atmosfera.maturity_dimensions SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.recommendations.

CREATE TABLE atmosfera.recommendations (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    dimension_id bigint,
    title varchar(200) NOT NULL,
    description text,
    category varchar(50),
    priority varchar(20) NOT NULL DEFAULT 'medium',
    status varchar(30) NOT NULL DEFAULT 'active',
    ai_confidence numeric(3, 2),
    implementation_effort varchar(20),
    expected_impact varchar(20),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT recommendations_pkey PRIMARY KEY (id),
    CONSTRAINT recommendations_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT recommendations_dimension_id_fkey FOREIGN KEY (dimension_id)
        REFERENCES atmosfera.maturity_dimensions (id) ON DELETE RESTRICT,
    CONSTRAINT recommendations_title_is_not_blank_check CHECK (title ~ '\S'),
    CONSTRAINT recommendations_priority_check CHECK (
        priority IN ('low', 'medium', 'high', 'critical')
    ),
    CONSTRAINT recommendations_status_is_a_word_check CHECK (status ~ '^[a-z]+([_-][a-z]+)*$'),
    CONSTRAINT recommendations_ai_confidence_check CHECK (ai_confidence BETWEEN 0 AND 1),
    CONSTRAINT recommendations_implementation_effort_is_a_word_check CHECK (
        implementation_effort ~ '^[a-z]+([_-][a-z]+)*$'
    ),
    CONSTRAINT recommendations_expected_impact_is_a_word_check CHECK (
        expected_impact ~ '^[a-z]+([_-][a-z]+)*$'
    )
);

COMMENT ON TABLE atmosfera.recommendations IS
    'What a project is advised to do, by a model or a person.';
COMMENT ON COLUMN atmosfera.recommendations.id IS
    'Tells recommendations apart.';
COMMENT ON COLUMN atmosfera.recommendations.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.recommendations.dimension_id IS
    'The dimension it would raise; NULL for none in particular.';
COMMENT ON COLUMN atmosfera.recommendations.title IS
    'One line.';
COMMENT ON COLUMN atmosfera.recommendations.description IS
    'What to do, and why.';
COMMENT ON COLUMN atmosfera.recommendations.category IS
    'Free text; groups the list.';
COMMENT ON COLUMN atmosfera.recommendations.priority IS
    'low, medium, high or critical. 001 names medium only.';
COMMENT ON COLUMN atmosfera.recommendations.status IS
    'active unless said otherwise. 001 lists no others, so any lower-case word is taken.';
COMMENT ON COLUMN atmosfera.recommendations.ai_confidence IS
    'How sure the model was, 0 to 1; NULL from a person.';
COMMENT ON COLUMN atmosfera.recommendations.implementation_effort IS
    'How much work; 001 lists no values, so any lower-case word is taken.';
COMMENT ON COLUMN atmosfera.recommendations.expected_impact IS
    'How much it would help; likewise.';
COMMENT ON COLUMN atmosfera.recommendations.created_at IS
    'When the row was written.';
COMMENT ON COLUMN atmosfera.recommendations.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON atmosfera.recommendations
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Texts of a project are named when they change, never copied: administrators read the audit
-- trail, and no project's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON atmosfera.recommendations
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{id}',
    '{title,description}',
    '{updated_at}'
);

ALTER TABLE atmosfera.recommendations ENABLE ROW LEVEL SECURITY;

CREATE POLICY recommendations_members_select ON atmosfera.recommendations
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY recommendations_editors_insert ON atmosfera.recommendations
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY recommendations_editors_update ON atmosfera.recommendations
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY recommendations_managers_delete ON atmosfera.recommendations
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
        project_id, dimension_id, title, description, category, priority, status, ai_confidence,
        implementation_effort, expected_impact
    ),
    UPDATE (
        dimension_id, title, description, category, priority, status, ai_confidence,
        implementation_effort, expected_impact
    ),
    DELETE
ON atmosfera.recommendations TO authenticated_users;
GRANT SELECT ON atmosfera.recommendations TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.recommendations TO bulk_loader;
-- No UPDATE of project_id: a row doesn't move to another tenant.
