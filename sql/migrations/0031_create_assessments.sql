-- 0031_create_assessments
--
-- What:     atmosfera.assessments, its row security and grants.
-- Why:      001 §3.3, which accepts INSERT … DEFAULT VALUES, a target below the current level, and
--           assessments without a date, which its view then calls the latest (defects 25, 41).
-- Locks:    core.projects SHARE ROW EXCLUSIVE, core.users SHARE ROW EXCLUSIVE,
--           atmosfera.maturity_dimensions SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.assessments.

CREATE TABLE atmosfera.assessments (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    user_id bigint DEFAULT core.current_user_id(),
    dimension_id bigint NOT NULL,
    current_level integer NOT NULL,
    target_level integer,
    evidence text,
    notes text,
    assessment_date timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT assessments_pkey PRIMARY KEY (id),
    CONSTRAINT assessments_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT assessments_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT assessments_dimension_id_fkey FOREIGN KEY (dimension_id)
        REFERENCES atmosfera.maturity_dimensions (id) ON DELETE RESTRICT,
    CONSTRAINT assessments_current_level_check CHECK (current_level BETWEEN 1 AND 5),
    CONSTRAINT assessments_target_level_check CHECK (target_level BETWEEN 1 AND 5),
    CONSTRAINT assessments_target_is_not_below_current_check CHECK (target_level >= current_level)
);

COMMENT ON TABLE atmosfera.assessments IS
    'How mature a project was found in one dimension on one day. A new assessment is a new row, '
    'so that progress shows.';
COMMENT ON COLUMN atmosfera.assessments.id IS
    'Breaks ties between assessments of one moment: the higher is the later.';
COMMENT ON COLUMN atmosfera.assessments.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.assessments.user_id IS
    'Who assessed; left out, the session''s person (NULL without one). Kept when they leave.';
COMMENT ON COLUMN atmosfera.assessments.dimension_id IS
    'What was assessed.';
COMMENT ON COLUMN atmosfera.assessments.current_level IS
    'The level found, 1 to 5.';
COMMENT ON COLUMN atmosfera.assessments.target_level IS
    'The level aimed at, not below the current one; NULL where none is set.';
COMMENT ON COLUMN atmosfera.assessments.evidence IS
    'What the finding rests on.';
COMMENT ON COLUMN atmosfera.assessments.notes IS
    'Anything else the assessor wrote.';
COMMENT ON COLUMN atmosfera.assessments.assessment_date IS
    'When it was found; decides which assessment is the latest.';
COMMENT ON COLUMN atmosfera.assessments.created_at IS
    'When the row was written.';

-- Texts of a project are named when they change, never copied: administrators read the audit
-- trail, and no project's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON atmosfera.assessments
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{id}',
    '{evidence,notes}',
    '{}'
);

ALTER TABLE atmosfera.assessments ENABLE ROW LEVEL SECURITY;

CREATE POLICY assessments_members_select ON atmosfera.assessments
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY assessments_editors_insert ON atmosfera.assessments
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY assessments_editors_update ON atmosfera.assessments
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY assessments_managers_delete ON atmosfera.assessments
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
        project_id, user_id, dimension_id, current_level, target_level, evidence, notes,
        assessment_date
    ),
    UPDATE (
        dimension_id, current_level, target_level, evidence, notes, assessment_date
    ),
    DELETE
ON atmosfera.assessments TO authenticated_users;
GRANT SELECT ON atmosfera.assessments TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.assessments TO bulk_loader;
-- No UPDATE of project_id: a row doesn't move to another tenant.
