-- 0053_create_documents
--
-- What:     atmosfera.documents with its version and search vector, row security and grants.
-- Why:      001 §6.3, which fails for want of its folders (defect 5), and whose version is never
--           advanced.
-- Locks:    core.projects SHARE ROW EXCLUSIVE, atmosfera.document_folders SHARE ROW EXCLUSIVE,
--           core.users SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.documents.

CREATE TABLE atmosfera.documents (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    folder_id bigint,
    title varchar(200) NOT NULL,
    type varchar(50) NOT NULL,
    content text NOT NULL,
    tags jsonb NOT NULL DEFAULT '[]',
    ai_generated boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    status varchar(30) NOT NULL DEFAULT 'draft',
    created_by bigint DEFAULT core.current_user_id(),
    search_vector tsvector NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT documents_pkey PRIMARY KEY (id),
    CONSTRAINT documents_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT documents_folder_id_fkey FOREIGN KEY (project_id, folder_id)
        REFERENCES atmosfera.document_folders (project_id, id) ON DELETE SET NULL (folder_id),
    CONSTRAINT documents_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT documents_title_is_not_blank_check CHECK (title ~ '\S'),
    CONSTRAINT documents_type_is_not_blank_check CHECK (type ~ '\S'),
    CONSTRAINT documents_tags_is_an_array_check CHECK (jsonb_typeof(tags) = 'array'),
    CONSTRAINT documents_version_is_positive_check CHECK (version >= 1),
    CONSTRAINT documents_status_is_a_word_check CHECK (status ~ '^[a-z]+([_-][a-z]+)*$')
);

COMMENT ON TABLE atmosfera.documents IS
    'Documents of a project, written by people and models. The current text only: 004 keeps a '
    'history, 001 asks for a number.';
COMMENT ON COLUMN atmosfera.documents.id IS
    'Tells documents apart.';
COMMENT ON COLUMN atmosfera.documents.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.documents.folder_id IS
    'The folder, of the same project; NULL when it lies in none, or its folder was deleted.';
COMMENT ON COLUMN atmosfera.documents.title IS
    'One line; found with weight A.';
COMMENT ON COLUMN atmosfera.documents.type IS
    'What kind of document; the products'' own words.';
COMMENT ON COLUMN atmosfera.documents.content IS
    'The text; found with weight B, by its first 150,000 characters.';
COMMENT ON COLUMN atmosfera.documents.tags IS
    'Labels, an array of strings.';
COMMENT ON COLUMN atmosfera.documents.ai_generated IS
    'True when a model wrote it.';
COMMENT ON COLUMN atmosfera.documents.version IS
    'Advances by one with each change of content, by trigger. To change a document only if '
    'nobody else did: UPDATE … WHERE id = $1 AND version = $2.';
COMMENT ON COLUMN atmosfera.documents.status IS
    'draft unless said otherwise. 001 lists no others, so any lower-case word is taken.';
COMMENT ON COLUMN atmosfera.documents.created_by IS
    'Who made it; left out, the session''s person (NULL without one). Kept when they leave.';
COMMENT ON COLUMN atmosfera.documents.search_vector IS
    'title (A) and content (B) as English words, kept by trigger; read by '
    'atmosfera.search_documents().';
COMMENT ON COLUMN atmosfera.documents.created_at IS
    'When the row was written.';
COMMENT ON COLUMN atmosfera.documents.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON atmosfera.documents
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE FUNCTION atmosfera.tg_documents__advance_version() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION atmosfera.tg_documents__advance_version() IS
    'One version more for each change of content, whatever the statement says about version.';

REVOKE ALL ON FUNCTION atmosfera.tg_documents__advance_version() FROM PUBLIC;

CREATE TRIGGER tg_documents__advance_version
BEFORE UPDATE OF content ON atmosfera.documents
FOR EACH ROW
WHEN (OLD.content IS DISTINCT FROM NEW.content)
EXECUTE FUNCTION atmosfera.tg_documents__advance_version();

-- A tsvector holds 1 MB, so the content counts with its first 150,000 characters.
CREATE FUNCTION atmosfera.tg_documents__set_search_vector() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.search_vector :=
        setweight(to_tsvector('pg_catalog.english', NEW.title), 'A')
        || setweight(to_tsvector('pg_catalog.english', left(NEW.content, 150000)), 'B');

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION atmosfera.tg_documents__set_search_vector() IS
    'Keeps search_vector. Not run by changes of other columns.';

REVOKE ALL ON FUNCTION atmosfera.tg_documents__set_search_vector() FROM PUBLIC;

CREATE TRIGGER tg_documents__set_search_vector
BEFORE INSERT OR UPDATE OF title, content, search_vector ON atmosfera.documents
FOR EACH ROW
EXECUTE FUNCTION atmosfera.tg_documents__set_search_vector();

-- Texts of a project are named when they change, never copied: administrators read the audit
-- trail, and no project's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON atmosfera.documents
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit(
    '{id}',
    '{title,content,tags}',
    '{updated_at,search_vector}'
);

ALTER TABLE atmosfera.documents ENABLE ROW LEVEL SECURITY;

CREATE POLICY documents_members_select ON atmosfera.documents
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY documents_editors_insert ON atmosfera.documents
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY documents_editors_update ON atmosfera.documents
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY documents_managers_delete ON atmosfera.documents
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
        project_id, folder_id, title, type, content, tags, ai_generated, version, status,
        created_by
    ),
    UPDATE (
        folder_id, title, type, content, tags, ai_generated, status
    ),
    DELETE
ON atmosfera.documents TO authenticated_users;
GRANT SELECT ON atmosfera.documents TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.documents TO bulk_loader;
-- No UPDATE of project_id: a row doesn't move to another tenant. version and search_vector are the
-- triggers'.
