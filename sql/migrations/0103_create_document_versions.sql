-- 0103_create_document_versions
--
-- What:     copilot.document_versions, the texts that were replaced, and the trigger that keeps
--           them.
-- Why:      004 promises version history and has one row with a number: after an UPDATE the first
--           text exists nowhere (defect 35).
-- Locks:    copilot.documents SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every former text; documents keep their present one, and go on counting.

CREATE TABLE copilot.document_versions (
    document_id uuid NOT NULL,
    version integer NOT NULL,
    user_id uuid NOT NULL,
    content text NOT NULL,
    metadata jsonb NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT document_versions_pkey PRIMARY KEY (document_id, version),
    -- The owner comes with the document: no second foreign key to core.users.
    CONSTRAINT document_versions_document_id_user_id_fkey FOREIGN KEY (document_id, user_id)
        REFERENCES copilot.documents (document_id, user_id) ON DELETE CASCADE,
    CONSTRAINT document_versions_version_is_positive_check CHECK (version >= 1),
    CONSTRAINT document_versions_metadata_is_an_object_check CHECK (
        jsonb_typeof(metadata) = 'object'
    )
);

COMMENT ON TABLE copilot.document_versions IS
    'Each text that a document had before its present one, written by trigger and never changed. '
    'Read by copilot.document_history(), document_version() and compare_versions(), which know the '
    'present text too; copilot.restore_version() brings one back.';
COMMENT ON COLUMN copilot.document_versions.document_id IS
    'The document.';
COMMENT ON COLUMN copilot.document_versions.version IS
    'The number the document had while this was its text.';
COMMENT ON COLUMN copilot.document_versions.user_id IS
    'The document''s owner, and so this text''s.';
COMMENT ON COLUMN copilot.document_versions.content IS
    'The whole text, as it was.';
COMMENT ON COLUMN copilot.document_versions.metadata IS
    'The document''s metadata at the moment the text was replaced.';
COMMENT ON COLUMN copilot.document_versions.replaced_at IS
    'When the next text came; so also when the next version was written.';

-- Definer rights: who saves a document has no right to write its history.
CREATE FUNCTION copilot.tg_documents__keep_version() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO copilot.document_versions (
        document_id,
        version,
        user_id,
        content,
        metadata,
        replaced_at
    )
    VALUES (
        OLD.document_id,
        OLD.version,
        OLD.user_id,
        OLD.content,
        OLD.metadata,
        NEW.updated_at
    );

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION copilot.tg_documents__keep_version() IS
    'Keeps the text that a change of content replaces.';

REVOKE ALL ON FUNCTION copilot.tg_documents__keep_version() FROM PUBLIC;

CREATE TRIGGER tg_documents__keep_version
AFTER UPDATE OF content ON copilot.documents
FOR EACH ROW
WHEN (OLD.content IS DISTINCT FROM NEW.content)
EXECUTE FUNCTION copilot.tg_documents__keep_version();

ALTER TABLE copilot.document_versions ENABLE ROW LEVEL SECURITY;

CREATE POLICY document_versions_owner_select ON copilot.document_versions
FOR SELECT TO authenticated_users, readonly_users
USING (user_id = (SELECT core.current_user_uuid()));

GRANT SELECT ON copilot.document_versions TO authenticated_users, readonly_users;
GRANT SELECT, INSERT ON copilot.document_versions TO bulk_loader;
-- No INSERT, UPDATE or DELETE for authenticated_users: a history is not written by hand. It goes
-- with its document.
