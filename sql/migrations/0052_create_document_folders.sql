-- 0052_create_document_folders
--
-- What:     atmosfera.document_folders, its row security and grants.
-- Why:      001 §6.3 refers to it and does not define it (defect 5).
-- Locks:    core.projects SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.document_folders.

CREATE TABLE atmosfera.document_folders (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    parent_id bigint,
    name varchar(200) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT document_folders_pkey PRIMARY KEY (id),
    CONSTRAINT document_folders_project_id_id_key UNIQUE (project_id, id),
    CONSTRAINT document_folders_project_id_parent_id_name_key
        UNIQUE NULLS NOT DISTINCT (project_id, parent_id, name),
    CONSTRAINT document_folders_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT document_folders_parent_id_fkey FOREIGN KEY (project_id, parent_id)
        REFERENCES atmosfera.document_folders (project_id, id) ON DELETE CASCADE,
    CONSTRAINT document_folders_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT document_folders_parent_is_another_check CHECK (parent_id <> id)
);

COMMENT ON TABLE atmosfera.document_folders IS
    'Folders for a project''s documents, in a tree. A folder stays where it was made, so that '
    'no folder can come to lie within itself.';
COMMENT ON COLUMN atmosfera.document_folders.id IS
    'What documents and folders refer to, together with project_id.';
COMMENT ON COLUMN atmosfera.document_folders.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.document_folders.parent_id IS
    'The folder it lies in, of the same project; NULL at the top. Folders within go with it; '
    'documents do not.';
COMMENT ON COLUMN atmosfera.document_folders.name IS
    'Once in its folder.';
COMMENT ON COLUMN atmosfera.document_folders.created_at IS
    'When the row was written.';
COMMENT ON COLUMN atmosfera.document_folders.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON atmosfera.document_folders
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Texts of a project are named when they change, never copied: administrators read the audit
-- trail, and no project's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON atmosfera.document_folders
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{id}',
    '{name}',
    '{updated_at}'
);

ALTER TABLE atmosfera.document_folders ENABLE ROW LEVEL SECURITY;

CREATE POLICY document_folders_members_select ON atmosfera.document_folders
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY document_folders_editors_insert ON atmosfera.document_folders
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY document_folders_editors_update ON atmosfera.document_folders
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY document_folders_editors_delete ON atmosfera.document_folders
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
        project_id, parent_id, name
    ),
    UPDATE (
        name
    ),
    DELETE
ON atmosfera.document_folders TO authenticated_users;
GRANT SELECT ON atmosfera.document_folders TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.document_folders TO bulk_loader;
-- No UPDATE of project_id: a row doesn't move to another tenant. Nor of parent_id, see above. An
-- editor also deletes: the documents stay.
